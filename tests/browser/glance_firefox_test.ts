/** What a person is told without a click, by the toolbar and by a notice, on a domain that was allowed, in a real Firefox. */
import { fileURLToPath } from "node:url";
import { FIREFOX_EXTENSION_ID } from "#shared/extension_identity.ts";
import { buildExtension } from "../support/build_extension.ts";
import { type FakeRelatch, fakeStatus, startFakeRelatch } from "../support/fake_relatch.ts";
import { type Firefox, launchFirefox } from "../support/firefox.ts";
import { freePort } from "../support/server_process.ts";
import { waitForValue } from "../support/wait_until.ts";
import { signedInStorage } from "./signed_in_storage.ts";

/** As a person does in the options, and in the browser's question after it. */
const ALLOW = `
  const { ExtensionPermissions } = ChromeUtils.importESModule(
    "resource://gre/modules/ExtensionPermissions.sys.mjs",
  );
  const { extension } = WebExtensionPolicy.getByID(arguments[0]);
  await ExtensionPermissions.add(arguments[0], arguments[1], extension);
`;

/** Stands in for the desktop, which shows nothing where there is none: keeps what Firefox gives it to show. */
const WATCH_NOTICES = `
  globalThis.relatchNotices = [];
  const desktop = {
    QueryInterface: ChromeUtils.generateQI(["nsIAlertsService"]),
    showAlert: (notice, listener) => void globalThis.relatchNotices.push({ notice, listener }),
    closeAlert: (name) => {
      globalThis.relatchNotices = globalThis.relatchNotices.filter(({ notice }) => notice.name !== name);
    },
  };
  const factory = {
    QueryInterface: ChromeUtils.generateQI(["nsIFactory"]),
    createInstance: (iid) => desktop.QueryInterface(iid),
  };
  const registrar = Components.manager.QueryInterface(Ci.nsIComponentRegistrar);
  const contract = "@mozilla.org/alerts-service;1";
  registrar.registerFactory(Services.uuid.generateUUID(), "Watched notices", contract, factory);
`;

/** Title, text and picture of each notice on the screen. */
const NOTICES = `
  return globalThis.relatchNotices.map(({ notice }) => [
    notice.title, notice.text, notice.imageURL.replace(/^moz-extension:..[^/]+/, ""),
  ]);
`;

const CLICK_NOTICE = `
  const [{ notice, listener }] = globalThis.relatchNotices;
  listener.observe(null, "alertclickcallback", notice.cookie);
`;

/** Which picture the button has, what it says, and what stands on it. */
const BUTTON = `
  const button = document.getElementById(arguments[0].replaceAll(/[^\\w-]/g, "_") + "-BAP");
  const picture = button.style.getPropertyValue("--webextension-toolbar-image");
  return [/icons\\/(\\w+)-16/.exec(picture)?.[1], button.getAttribute("tooltiptext"), button.getAttribute("badge") ?? ""];
`;

async function buttonIs(firefox: Firefox, expected: string[]): Promise<void> {
  await waitForValue(() => firefox.marionette.runInBrowser(BUTTON, [FIREFOX_EXTENSION_ID]), expected);
}

interface SignedIn extends AsyncDisposable {
  readonly fake: FakeRelatch;
  readonly firefox: Firefox;
  /** What `code` comes to in the background, which is started for it. */
  inBackground(code: string): Promise<unknown>;
}

async function signIn(): Promise<SignedIn> {
  await using stack = new AsyncDisposableStack();
  const port = freePort();
  const out = fileURLToPath(new URL("../../dist/test-glance-firefox", import.meta.url));
  const extensionPath = await buildExtension({
    server: `http://localhost:${port}`,
    out,
    browser: "firefox",
  });
  const fake = stack.use(await startFakeRelatch(port));
  const firefox = stack.use(await launchFirefox({ extensionPath }));
  const inBackground = async (code: string): Promise<unknown> =>
    await (await firefox.background()).evaluate(code);
  await inBackground(`browser.storage.local.set(${JSON.stringify(signedInStorage(port))})`);
  const opened = stack.move();
  return { fake, firefox, inBackground, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

async function allow({ marionette }: Firefox, allowed: { permissions: string[]; origins: string[] }) {
  await marionette.runInBrowser(ALLOW, [FIREFOX_EXTENSION_ID, allowed]);
}

Deno.test("Firefox's button follows the location in view, also when the background was stopped", async () => {
  await using signedIn = await signIn();
  const { fake, firefox, inBackground } = signedIn;
  fake.connection = fakeStatus({ state: "reconnect_required" });
  const page = await firefox.newPage(fake.locationPage);
  await buttonIs(firefox, ["grey", "Relatch", ""]);
  await allow(firefox, { permissions: [], origins: ["http://localhost/*"] });
  await buttonIs(firefox, ["marked", "\u2068Harbor Dental Studio\u2069 has to be connected again.", "!"]);

  await page.evaluate(`history.pushState({}, "", "/agency_dashboard")`);
  await buttonIs(firefox, ["grey", "Relatch", ""]);

  await firefox.stopBackground();
  fake.connection = fakeStatus();
  await page.evaluate(`history.pushState({}, "", "/v2/location/otherLocation0000001/contacts")`);
  await buttonIs(firefox, ["icon", "\u2068Harbor Dental Studio\u2069 is connected.", ""]);
  await inBackground(`browser.storage.local.remove(["session", "statuses"])`);
  await buttonIs(firefox, ["grey", "Relatch", ""]);
});

Deno.test("Firefox tells once of what has to be connected again, and a click leads there, also when the background was stopped", async () => {
  await using signedIn = await signIn();
  const { fake, firefox, inBackground } = signedIn;
  const { marionette } = firefox;
  const noticesAre = (expected: string[][]): Promise<void> =>
    waitForValue(() => marionette.runInBrowser(NOTICES), expected);
  const broken = fakeStatus({ state: "reconnect_required" });
  fake.connections = [broken];
  await marionette.runInBrowser(WATCH_NOTICES);
  // The permission comes while the extension is running, and is a namespace of its own only since then.
  await allow(firefox, { permissions: ["notifications"], origins: [] });
  await inBackground(`browser.storage.local.set({ notifications: true })`);
  const notice = [
    "\u2068Harbor Dental Studio\u2069 has to be connected again.",
    "Click to see what to do.",
    "/icons/icon-128.png",
  ];
  await noticesAre([notice]);
  const told = JSON.stringify({ told: { sessionId: "s1", keys: [broken.connectionId] } });
  const readTold = "browser.storage.local.get('told').then(JSON.stringify)";
  await waitForValue(() => inBackground(readTold), told);

  // Firefox remembers for a stopped background what it listened to from its start on: the next start is that of an alarm.
  await firefox.stopBackground();
  await firefox.background();
  await firefox.stopBackground();
  await marionette.runInBrowser(CLICK_NOTICE);
  await firefox.authWindow(`${firefox.extensionUrl}connections.html#${broken.connectionId}`);
  await noticesAre([]);
});

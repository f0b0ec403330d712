/** What the toolbar says about a tab without a click, on a domain that a person allowed, in a real Firefox. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { FIREFOX_EXTENSION_ID } from "#shared/extension_identity.ts";
import { buildExtension } from "../support/build_extension.ts";
import { FAKE_TOKEN, fakeStatus, hoursFromNow, startFakeRelatch } from "../support/fake_relatch.ts";
import { type Firefox, launchFirefox } from "../support/firefox.ts";
import { freePort } from "../support/server_process.ts";
import { waitUntil } from "../support/wait_until.ts";

/** As a person does in the options, and in the browser's question after it. */
const ALLOW = `
  const { ExtensionPermissions } = ChromeUtils.importESModule(
    "resource://gre/modules/ExtensionPermissions.sys.mjs",
  );
  const { extension } = WebExtensionPolicy.getByID(arguments[0]);
  await ExtensionPermissions.add(arguments[0], arguments[1], extension);
`;

/** Which picture the button has, what it says, and what stands on it. */
const BUTTON = `
  const button = document.getElementById(arguments[0].replaceAll(/[^\\w-]/g, "_") + "-BAP");
  const picture = button.style.getPropertyValue("--webextension-toolbar-image");
  return [/icons\\/(\\w+)-16/.exec(picture)?.[1], button.getAttribute("tooltiptext"), button.getAttribute("badge") ?? ""];
`;

async function buttonIs(firefox: Firefox, expected: string[]): Promise<void> {
  let last: unknown;
  await waitUntil(async () => {
    last = await firefox.marionette.runInBrowser(BUTTON, [FIREFOX_EXTENSION_ID]);
    return JSON.stringify(last) === JSON.stringify(expected);
  }, `the button is ${expected}`).catch(() => assert.deepEqual(last, expected));
}

Deno.test("Firefox's button follows the location in view, also when the background was stopped", async () => {
  const port = freePort();
  const server = `http://localhost:${port}`;
  const out = fileURLToPath(new URL("../../dist/test-glance-firefox", import.meta.url));
  const extensionPath = await buildExtension({ server, out, browser: "firefox" });
  await using fake = await startFakeRelatch(port);
  await using firefox = await launchFirefox({ extensionPath });
  const inBackground = async (code: string): Promise<unknown> =>
    await (await firefox.background()).evaluate(code);
  const session = { id: "s1", server, token: FAKE_TOKEN, expiresAt: hoursFromNow(1000) };
  await inBackground(`browser.storage.local.set(${JSON.stringify({ session })})`);
  fake.connection = fakeStatus({ state: "reconnect_required" });

  const page = await firefox.newPage(fake.locationPage);
  await buttonIs(firefox, ["grey", "Relatch", ""]);
  const allowed = { permissions: ["notifications"], origins: ["http://localhost/*"] };
  await firefox.marionette.runInBrowser(ALLOW, [FIREFOX_EXTENSION_ID, allowed]);
  await buttonIs(firefox, ["marked", "\u2068Harbor Dental Studio\u2069 has to be connected again.", "!"]);

  await page.evaluate(`history.pushState({}, "", "/agency_dashboard")`);
  await buttonIs(firefox, ["grey", "Relatch", ""]);

  await firefox.stopBackground();
  fake.connection = fakeStatus();
  await page.evaluate(`history.pushState({}, "", "/v2/location/otherLocation0000001/contacts")`);
  await buttonIs(firefox, ["icon", "\u2068Harbor Dental Studio\u2069 is connected.", ""]);
  await inBackground(`browser.storage.local.remove(["session", "statuses"])`);
  await buttonIs(firefox, ["grey", "Relatch", ""]);

  // The permission to notify came while the extension was running, and is a namespace of its own only since then.
  fake.connections = [fakeStatus({ state: "reconnect_required" })];
  await inBackground(`browser.storage.local.set(${JSON.stringify({ session, notifications: true })})`);
  const told = "browser.storage.local.get('told').then(JSON.stringify)";
  const expected = JSON.stringify({ told: { sessionId: "s1", keys: [fake.connections[0]?.connectionId] } });
  await waitUntil(async () => await inBackground(told) === expected, "a person is told");
});

/**
 * What people see in a real Firefox: the popup's states in its real panel, the extension's pages in tabs, in light and dark,
 * and attempts that something ends in the middle. The sanitizers are off: the connection to Firefox lives through all tests.
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { ConnectionStatus } from "#shared/connection_status.ts";
import { SHIPPED_REDIRECT_URLS } from "#shared/extension_identity.ts";
import { buildExtension } from "../support/build_extension.ts";
import {
  FAKE_TOKEN,
  fakeEvent,
  type FakeRelatch,
  fakeStatus,
  hoursFromNow,
  startFakeRelatch,
} from "../support/fake_relatch.ts";
import { type Firefox, launchFirefox } from "../support/firefox.ts";
import type { FirefoxPage } from "../support/firefox_page.ts";
import { checkPage } from "../support/page_check.ts";
import { freePort } from "../support/server_process.ts";
import type { ShownPage } from "../support/shown_page.ts";
import { waitUntil } from "../support/wait_until.ts";
import { signedInStorage } from "./signed_in_storage.ts";

const port = freePort();
let firefox: Firefox;
let page: FirefoxPage;

Deno.test.beforeAll(async () => {
  const out = fileURLToPath(new URL("../../dist/test-firefox-pages", import.meta.url));
  const server = `http://localhost:${port}`;
  firefox = await launchFirefox({ extensionPath: await buildExtension({ server, out, browser: "firefox" }) });
  page = await firefox.newPage(firefox.extensionUrl + "manifest.json");
});
Deno.test.afterAll(async () => await firefox[Symbol.asyncDispose]());

/** A fake server that says `connection`, an extension that has stored `local`, and the page of a location in front. */
async function begin(local: unknown = {}, connection = fakeStatus()): Promise<FakeRelatch> {
  const fake = await startFakeRelatch(port);
  // The background asks as soon as the page is there.
  fake.connection = connection;
  await firefox.closePopups();
  const background = await firefox.background();
  await background.evaluate(`Promise.all([
    chrome.storage.local.clear().then(() => chrome.storage.local.set(${JSON.stringify(local)})),
    chrome.storage.session.clear(),
  ])`);
  await page.goto(fake.locationPage);
  return fake;
}

async function openPopup(view: string): Promise<FirefoxPage> {
  const popup = await firefox.openPopup(page);
  await popup.waitForSelector(`[data-view="${view}"]`);
  return popup;
}

/** `checkPage()`, and what holds for the popup alone: one size, in which everything fits. */
async function checkPopup(popup: ShownPage, name: string): Promise<void> {
  const size = async (): Promise<string> => String(await popup.evaluate("innerWidth + ' ' + innerHeight"));
  await waitUntil(async () => await size() === "340 480", `the panel of ${name} has its size`);
  await checkPage(popup, `firefox-popup-${name}`);
}

Deno.test("Firefox gives the extension the redirect URL that the server knows", async () => {
  const background = await firefox.background();
  const url = await background.evaluate("browser.identity.getRedirectURL()");
  assert.ok(SHIPPED_REDIRECT_URLS.includes(String(url)));
});

const problem = (code: string, retryAt: string | null = hoursFromNow(0.2)): Partial<ConnectionStatus> => ({
  problem: { code, since: hoursFromNow(-1), retryAt },
});

const STATES: readonly Partial<ConnectionStatus>[] = [
  { state: "connected" },
  { state: "degraded", ...problem("highlevel_unavailable") },
  { state: "paused", ...problem("location_inactive") },
  { state: "reconnect_required", ...problem("refresh_token_rejected", null), nextRefreshAt: null },
];
for (const changes of STATES) {
  const status = fakeStatus(changes);
  Deno.test(`Firefox's popup shows ${status.state} from the cache, and then what the server says`, async () => {
    await using fake = await begin(signedInStorage(port, status), status);
    const silence = Promise.withResolvers<void>();
    fake.status = () => silence.promise.then(() => Response.json(status));
    const popup = await openPopup(status.state);
    silence.resolve();
    await waitUntil(() => fake.calls.some(({ path }) => path.endsWith("/status")), "the server is asked");
    await checkPopup(popup, status.state);
  });
}

Deno.test("Firefox's popup tells a page that is not HighLevel's, and a server that is away", async () => {
  {
    await using fake = await begin(signedInStorage(port, fakeStatus()));
    await page.goto(`${fake.url}/about`);
    await checkPopup(await openPopup("not_highlevel"), "not_highlevel");
    await page.goto(fake.locationPage);
  }
  await checkPopup(await openPopup("server_unreachable"), "server_unreachable");
});

Deno.test("Firefox's popup asks before it disconnects", async () => {
  await using fake = await begin(signedInStorage(port, fakeStatus()));
  const popup = await openPopup("connected");
  await popup.click("[data-action=disconnect]");
  await popup.waitForSelector("dialog");
  await checkPopup(popup, "disconnect");
  await popup.click("dialog [data-action=disconnect_now]");
  await popup.waitForSelector('[data-view="not_connected"]');
  assert.ok(fake.calls.some(({ method }) => method === "DELETE"));
});

Deno.test("an attempt that Firefox ends with its background is told, and can be started again", async () => {
  await using fake = await begin();
  fake.connect = "page";
  await (await openPopup("not_connected")).click("[data-action=connect]");
  await firefox.authWindow(`${fake.url}/connect`);
  const connecting = await openPopup("connecting");
  await connecting.waitForSelector("[data-action=show_window]");
  await checkPopup(connecting, "connecting");
  await firefox.closePopups();
  await firefox.stopBackground();
  const popup = await openPopup("sign_in_failed");
  await checkPopup(popup, "failed-interrupted");
  const windows = async (): Promise<number> => (await firefox.authWindows(`${fake.url}/connect`)).length;
  await waitUntil(async () => await windows() === 0, "the window that nobody waits for closes");
  await popup.click("[data-action=retry]");
  const window = await firefox.authWindow(`${fake.url}/connect`);
  await window.waitForSelector("#go");
  await firefox.closePopups();
  // The window may be gone before the click is acknowledged.
  await window.click("#go").catch(() => {});
  await (await firefox.popup()).waitForSelector('[data-view="connected"]');
  const stored = await (await firefox.background()).evaluate(
    "chrome.storage.local.get().then(JSON.stringify)",
  );
  assert.ok(String(stored).includes(FAKE_TOKEN));
});

Deno.test("an attempt that starts on Firefox's page of all connections is told there, whatever becomes of it", async () => {
  const broken = fakeStatus({
    ...problem("refresh_token_rejected", null),
    state: "reconnect_required",
    nextRefreshAt: null,
  });
  await using fake = await begin(signedInStorage(port, broken), broken);
  fake.connections = [broken];
  fake.connect = "page";
  const tab = await firefox.newPage(`${firefox.extensionUrl}connections.html#${broken.connectionId}`);
  await tab.waitForSelector(".history li");
  await tab.click(".detail [data-action=connect]");
  await firefox.authWindow(`${fake.url}/connect`);
  await tab.waitForSelector("[data-attempt=connecting] [data-action=show_window]");
  await checkPage(tab, "firefox-connections-connecting");
  await firefox.stopBackground();
  await tab.waitForSelector("[data-attempt=sign_in_failed]");
  await checkPage(tab, "firefox-connections-failed");
  const windows = async (): Promise<number> => (await firefox.authWindows(`${fake.url}/connect`)).length;
  await waitUntil(async () => await windows() === 0, "the window that nobody waits for closes");

  fake.session = () => {
    fake.connection = fakeStatus();
    fake.connections = [fake.connection];
    const body = { token: FAKE_TOKEN, expiresAt: hoursFromNow(1000), connection: fake.connection };
    return Response.json(body, { status: 201 });
  };
  await tab.click("[data-attempt] [data-action=retry]");
  const window = await firefox.authWindow(`${fake.url}/connect`);
  await window.waitForSelector("#go");
  // The window may be gone before the click is acknowledged.
  await window.click("#go").catch(() => {});
  await tab.waitForSelector("[data-attempt=connected]");
  await tab.waitForSelector(".detail .panel.tone-check");
  await firefox.closePopups();
  await tab.click("[data-attempt] [data-action=dismiss]");
  await waitUntil(
    async () => await tab.evaluate(`document.querySelector("[data-attempt]") === null`) === true,
    "the outcome is put away",
  );
  await tab.close();
});

Deno.test("Firefox's popup leads to the page of all connections that is open already", async () => {
  await using _fake = await begin(signedInStorage(port, fakeStatus()));
  const open = await firefox.newPage(`${firefox.extensionUrl}connections.html#all`);
  await page.goto(`http://localhost:${port}/about`);
  const popup = await openPopup("not_highlevel");
  await popup.click("[data-action=connections]");
  await waitUntil(
    async () => await open.evaluate(`document.visibilityState === "visible"`) === true,
    "the open page is in front",
  );
  assert.equal((await firefox.authWindows(`${firefox.extensionUrl}connections.html`)).length, 1);
  await open.close();
});

/** Address within the extension, and what tells that it has shown what it has. */
const PAGES: Readonly<Record<string, { path: string; shown: string; signedIn?: boolean }>> = {
  options: { path: "options.html", shown: "#server", signedIn: true },
  "options-signed_out": { path: "options.html", shown: "#server" },
  connections: { path: "connections.html", shown: '[href^="#01900000"]', signedIn: true },
  "connections-detail": {
    path: `connections.html#${fakeStatus().connectionId}`,
    shown: ".history li",
    signedIn: true,
  },
};
for (const [name, { path, shown, signedIn = false }] of Object.entries(PAGES)) {
  Deno.test(`Firefox shows ${name} without an accessibility violation, in light and dark`, async () => {
    await using fake = await begin(signedIn ? signedInStorage(port, fakeStatus()) : {});
    fake.connections = [
      fakeStatus(),
      fakeStatus({
        connectionId: crypto.randomUUID(),
        locationName: "Cedar & Stone Realty",
        state: "paused",
      }),
    ];
    fake.events = [
      fakeEvent(),
      fakeEvent({ at: hoursFromNow(-20) }),
      fakeEvent({ at: hoursFromNow(-30), event: "connected", cause: "person" }),
    ];
    const tab = await firefox.newPage(firefox.extensionUrl + path);
    await tab.waitForSelector(shown);
    await checkPage(tab, `firefox-${name}`);
    await tab.close();
  });
}

/**
 * Every state of the popup in a real Chromium, in light and dark: held to axe, and kept as pictures in `dist/screenshots`. The
 * sanitizers are off: puppeteer keeps timers of its own.
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { Page } from "puppeteer-core";
import { CONNECT_ERRORS } from "#shared/connect_error.ts";
import type { ConnectionStatus } from "#shared/connection_status.ts";
import { buildExtension } from "../support/build_extension.ts";
import { type Chromium, launchChromium, waitUntil } from "../support/chromium.ts";
import {
  FAKE_LOCATION_ID,
  FAKE_TOKEN,
  type FakeRelatch,
  fakeStatus,
  hoursFromNow,
  startFakeRelatch,
} from "../support/fake_relatch.ts";
import { checkPage, textOf } from "../support/page_check.ts";
import { freePort } from "../support/server_process.ts";

const EXTENSION_FOLDER = fileURLToPath(new URL("../../dist/test-states", import.meta.url));

let port: number;
let chromium: Chromium;
let page: Page;
Deno.test.beforeAll(async () => {
  port = freePort();
  const extensionPath = await buildExtension({ server: `http://localhost:${port}`, out: EXTENSION_FOLDER });
  chromium = await launchChromium({ extensionPath, headless: true });
  page = await chromium.browser.newPage();
});
Deno.test.afterAll(async () => await chromium[Symbol.asyncDispose]());

/** A test starts with a fake server, an empty extension and a page of a location. */
async function start(): Promise<FakeRelatch> {
  const fake = await startFakeRelatch(port);
  await store({});
  await page.goto(fake.locationPage);
  return fake;
}

async function store(local: unknown, session: unknown = {}): Promise<void> {
  await chromium.closePopups();
  const worker = await chromium.worker();
  const values = JSON.stringify([local, session]);
  await worker.evaluate(`(async ([local, session]) => {
    await chrome.storage.local.clear();
    await chrome.storage.session.clear();
    await chrome.storage.local.set(local);
    await chrome.storage.session.set(session);
  })(${values})`);
}

/** What the extension keeps of a session, and of a status that it saw seven minutes ago. */
function signedIn(known?: ConnectionStatus): Record<string, unknown> {
  const session = {
    id: "s1",
    server: `http://localhost:${port}`,
    token: FAKE_TOKEN,
    expiresAt: hoursFromNow(1000),
  };
  if (known === undefined) return { session };
  const entry = { locationId: FAKE_LOCATION_ID, status: known, checkedAt: Date.now() - 7 * 60_000 };
  return { session, statuses: { sessionId: "s1", entries: [entry] } };
}

async function openPopup(view: string): Promise<Page> {
  const popup = await chromium.openPopup(page);
  await popup.waitForSelector(`[data-view="${view}"]`, { timeout: 8000 });
  return popup;
}

Deno.test("the popup on a page that is not HighLevel's says so", async () => {
  await using fake = await start();
  await page.goto(`${fake.url}/about`);
  await checkPage(await openPopup("not_highlevel"), "popup-not_highlevel");
});

Deno.test("the popup opened without a click on the page sees no address and says what to do", async () => {
  await using _ = await start();
  const fresh = await chromium.browser.newPage();
  await fresh.goto(`http://localhost:${port}/v2/location/${FAKE_LOCATION_ID}/dashboard`);
  await fresh.bringToFront();
  await (await chromium.worker()).evaluate("chrome.action.openPopup()");
  await checkPage(await chromium.popup(), "popup-page_hidden");
  await chromium.closePopups();
  await fresh.close();
});

Deno.test("the popup on an agency page offers to open or connect a location", async () => {
  await using _ = await start();
  const agency = await chromium.browser.newPage();
  await agency.setRequestInterception(true);
  agency.on("request", (request) => {
    request.respond({ status: 200, contentType: "text/html", body: "<title>HighLevel</title>" });
  });
  await agency.goto("https://app.gohighlevel.com/agency_dashboard");
  const popup = await chromium.openPopup(agency);
  await popup.waitForSelector('[data-view="agency_page"]');
  await checkPage(popup, "popup-agency_page");
  await chromium.closePopups();
  await agency.close();
});

Deno.test("the popup without a session asks no server and offers to connect", async () => {
  await using fake = await start();
  const popup = await openPopup("not_connected");
  await checkPage(popup, "popup-not_connected");
  assert.deepEqual(fake.calls, []);
});

const STATES: readonly [string, Partial<ConnectionStatus>, ConnectionStatus["state"]][] = [
  ["connected", {}, "connected"],
  ["connected-scopes_missing", { missingScopes: ["contacts.write", "calendars.readonly"] }, "connected"],
  [
    "connected-long_name",
    {
      locationName:
        "The Extraordinarily Long-Named Dental and Orthodontics Practice of Greater Northamptonshire",
    },
    "connected",
  ],
  ["degraded", {
    problem: { code: "highlevel_unavailable", since: hoursFromNow(-1), retryAt: hoursFromNow(1) },
  }, "degraded"],
  [
    "paused",
    { problem: { code: "location_inactive", since: hoursFromNow(-50), retryAt: hoursFromNow(5) } },
    "paused",
  ],
  [
    "reconnect_required",
    { nextRefreshAt: null, problem: { code: "refresh_refused", since: hoursFromNow(-1), retryAt: null } },
    "reconnect_required",
  ],
];
for (const [name, changes, state] of STATES) {
  Deno.test(`the popup shows ${name} with one sentence, and paints it from the cache at once`, async () => {
    await using fake = await start();
    fake.connection = fakeStatus({ ...changes, state });
    await store(signedIn(fake.connection));
    // While the server is silent the last known status stands.
    const silence = Promise.withResolvers<void>();
    fake.status = () => silence.promise.then(() => Response.json(fake.connection));
    const popup = await openPopup(state);
    silence.resolve();
    await waitUntil(async () => (await textOf(popup)).includes("Checked just now"), "the server was asked");
    await checkPage(popup, `popup-${name}`);
  });
}

Deno.test("the popup with a session and nothing known says that it is checking, and then what it learnt", async () => {
  await using fake = await start();
  const silence = Promise.withResolvers<void>();
  fake.status = () => silence.promise.then(() => Response.json(fake.connection));
  await store(signedIn());
  const popup = await openPopup("checking");
  const height = await popup.$eval("html", (html) => html.clientHeight);
  await checkPage(popup, "popup-checking");
  silence.resolve();
  await popup.waitForSelector('[data-view="connected"]');
  assert.equal(await popup.$eval("html", (html) => html.clientHeight), height, "the popup jumped");
});

Deno.test("the popup forgets a session that the server has ended, and offers to connect", async () => {
  await using fake = await start();
  await store(signedIn(fake.connection));
  fake.status = () =>
    Response.json({ error: { code: "unauthorized", message: "No live session", requestId: "r" } }, {
      status: 401,
    });
  await checkPage(await openPopup("not_connected"), "popup-session_ended");
  const local = await (await chromium.worker()).evaluate("chrome.storage.local.get().then(JSON.stringify)");
  assert.ok(!String(local).includes(FAKE_TOKEN));
});

Deno.test("the popup shows the last known status while the server is away, and recovers by one click", async () => {
  {
    await using fake = await start();
    await store(signedIn(fake.connection));
  }
  const popup = await openPopup("server_unreachable");
  assert.match(await textOf(popup), /Connected/);
  await checkPage(popup, "popup-server_unreachable");
  await using _back = await startFakeRelatch(port);
  await popup.click("[data-action=retry]");
  await popup.waitForSelector('[data-view="connected"]');
});

Deno.test("the popup does not take something else's answer for a status", async () => {
  await using fake = await start();
  await store(signedIn(fake.connection));
  for (const body of ["<html>", "{}", JSON.stringify({ ...fake.connection, state: "superb" })]) {
    fake.status = () => new Response(body, { headers: { "content-type": "application/json" } });
    await openPopup("server_unreachable");
  }
});

for (const cause of CONNECT_ERRORS) {
  Deno.test(`the popup tells ${cause} in a sentence of its own with a next step`, async () => {
    await using fake = await start();
    fake.connect = { error: cause };
    const popup = await openPopup("not_connected");
    await popup.click("[data-action=connect]");
    await attemptEnds();
    await checkPage(await openPopup("sign_in_failed"), `popup-failed-${cause}`);
  });
}

Deno.test("an answer with another state than the attempt's is refused, and the grant code is not used", async () => {
  await using fake = await start();
  fake.swapState = true;
  const popup = await openPopup("not_connected");
  await popup.click("[data-action=connect]");
  await attemptEnds();
  await checkPage(await openPopup("sign_in_failed"), "popup-failed-state_mismatch");
  assert.deepEqual(fake.calls, []);
});

Deno.test("connecting shows where the attempt stands, can be started again in one window, and cancelled", async () => {
  await using fake = await start();
  fake.connect = "page";
  await (await openPopup("not_connected")).click("[data-action=connect]");
  await chromium.authWindow(`${fake.url}/connect`);
  const popup = await openPopup("connecting");
  await checkPage(popup, "popup-connecting");
  const [first] = chromium.authWindows(`${fake.url}/connect`);
  await popup.click("[data-action=retry]");
  await waitUntil(() => {
    const windows = chromium.authWindows(`${fake.url}/connect`);
    return windows.length === 1 && windows[0] !== first;
  }, "one new window replaces the first");
  await (await openPopup("connecting")).click("[data-action=cancel]");
  await openPopup("not_connected");
  await waitUntil(() => chromium.authWindows(`${fake.url}/connect`).length === 0, "the window closes");
});

Deno.test("an attempt whose worker was stopped ends as interrupted, and can be started again", async () => {
  await using fake = await start();
  fake.connect = "page";
  await (await openPopup("not_connected")).click("[data-action=connect]");
  await chromium.authWindow(`${fake.url}/connect`);
  await chromium.closePopups();
  await (await chromium.worker()).close();
  const popup = await openPopup("sign_in_failed");
  await checkPage(popup, "popup-failed-interrupted");
  await popup.click("[data-action=retry]");
  await openPopup("connecting");
  await waitUntil(() => chromium.authWindows(`${fake.url}/connect`).length === 1, "one window is open");
  await (await openPopup("connecting")).click("[data-action=cancel]");
});

Deno.test("a server that is away when the window opens ends the attempt with a sentence", async () => {
  const fake = await start();
  const popup = await openPopup("not_connected");
  await fake[Symbol.asyncDispose]();
  await popup.click("[data-action=connect]");
  await attemptEnds();
  await checkPage(await openPopup("sign_in_failed"), "popup-failed-window_failed");
});

Deno.test("the popup can be used by keyboard alone", async () => {
  await using fake = await start();
  await store(signedIn(fake.connection));
  const popup = await openPopup("connected");
  const reached: (string | null)[] = [];
  for (let presses = 0; presses < 2; presses++) {
    await popup.keyboard.press("Tab");
    reached.push(await popup.$eval(":focus", (element) => element.getAttribute("data-action")));
  }
  assert.deepEqual(reached.toSorted(), ["connect", "options"]);
});

Deno.test("the popup keeps its width when text is twice as large", async () => {
  await using fake = await start();
  await store(signedIn(fake.connection));
  const popup = await openPopup("connected");
  await popup.$eval("html", (html) => html.setAttribute("style", "font-size: 200%"));
  await checkPage(popup, "popup-connected-200_percent");
});

Deno.test("the options page checks an address before it is saved", async () => {
  await using fake = await start();
  await store(signedIn(fake.connection));
  await using options = await openOptions();
  await checkPage(options.page, "options-signed_in");
  await options.save("http://example.com");
  await checkPage(options.page, "options-address_refused");
  assert.equal(await options.storedServer(), undefined);
  await options.save(`http://localhost:${freePort()}`);
  await options.page.waitForSelector("[data-action=save_anyway]");
  await checkPage(options.page, "options-unreachable");
  assert.equal(await options.storedServer(), undefined);
});

Deno.test("the options page signs out at the server and forgets the session", async () => {
  await using fake = await start();
  await store(signedIn(fake.connection));
  await using options = await openOptions();
  await options.page.click("[data-action=sign_out]");
  await waitUntil(async () => await options.page.$("[data-action=sign_out]") === null, "signed out");
  await checkPage(options.page, "options-signed_out");
  assert.deepEqual(fake.calls, [
    { method: "DELETE", path: "/api/sessions/current", authorization: `Bearer ${FAKE_TOKEN}` },
  ]);
  const local = await (await chromium.worker()).evaluate("chrome.storage.local.get().then(JSON.stringify)");
  assert.ok(!String(local).includes(FAKE_TOKEN));
});

async function attemptEnds(): Promise<void> {
  await waitUntil(async () => {
    const worker = await chromium.worker();
    const phase = await worker.evaluate("chrome.storage.session.get().then(({ attempt }) => attempt?.phase)");
    return phase === "failed" || phase === "connected";
  }, "the attempt ends");
}

async function openOptions() {
  const page = await chromium.browser.newPage();
  await page.setViewport({ width: 900, height: 820 });
  await page.goto(`chrome-extension://${chromium.extension.id}/options.html`);
  await page.waitForSelector("#server");
  return {
    page,
    async save(address: string): Promise<void> {
      await page.click("#server", { count: 3 });
      await page.type("#server", address);
      await page.click("[data-action=save]");
    },
    storedServer: async () =>
      await (await chromium.worker()).evaluate("chrome.storage.local.get().then(({ server }) => server)"),
    [Symbol.asyncDispose]: () => page.close(),
  };
}

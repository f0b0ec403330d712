/**
 * What the toolbar says about a tab without a click, and what a person is told, in a real Chromium. HighLevel's pages are answered
 * inside the browser, under their real addresses. The sanitizers are off: puppeteer keeps timers of its own.
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { Page, Target } from "puppeteer-core";
import * as v from "valibot";
import { type ConnectionStatus, notConnectedStatus } from "#shared/connection_status.ts";
import { buildExtension } from "../support/build_extension.ts";
import { type Chromium, launchChromium } from "../support/chromium.ts";
import {
  FAKE_TOKEN,
  type FakeRelatch,
  fakeStatus,
  hoursFromNow,
  startFakeRelatch,
} from "../support/fake_relatch.ts";
import { freePort } from "../support/server_process.ts";
import { waitForValue, waitUntil } from "../support/wait_until.ts";

const HIGHLEVEL = "https://app.gohighlevel.com";

const [CONNECTED, BROKEN, UNKNOWN] = ["connectedLocation001", "brokenLocation000001", "unknownLocation00001"];
const STATUSES: Readonly<Record<string, ConnectionStatus>> = {
  [CONNECTED]: fakeStatus({ locationId: CONNECTED, locationName: "Harbor Dental Studio" }),
  [BROKEN]: fakeStatus({
    locationId: BROKEN,
    locationName: "North Street Gym",
    connectionId: "01900000-0000-7000-8000-000000000002",
    state: "reconnect_required",
    problem: { code: "refresh_token_rejected", since: hoursFromNow(-1), retryAt: null },
  }),
};

const NOTHING = ["Relatch", ""];
const IS_CONNECTED = ["\u2068Harbor Dental Studio\u2069 is connected.", ""];
const IS_BROKEN = ["\u2068North Street Gym\u2069 has to be connected again.", "!"];
const IS_UNKNOWN = ["\u2068This location\u2069 is not connected from this browser.", ""];

const Manifest = v.looseObject({ permissions: v.array(v.string()) });

let chromium: Chromium;
let fake: FakeRelatch;
let signedIn: () => { session: Record<string, unknown> };

Deno.test.beforeAll(async () => {
  const port = freePort();
  const server = `http://localhost:${port}`;
  const out = fileURLToPath(new URL("../../dist/test-glance", import.meta.url));
  const extensionPath = await buildExtension({ server, out });
  await allowNotifications(`${extensionPath}/manifest.json`);
  chromium = await launchChromium({ extensionPath, headless: true });
  fake = await startFakeRelatch(port);
  signedIn = () => ({
    // Another one each time, as at a sign-in: what was asked a moment ago for another session is asked again.
    session: { id: crypto.randomUUID(), server, token: FAKE_TOKEN, expiresAt: hoursFromNow(1000) },
  });
});
Deno.test.afterAll(async () => {
  await chromium[Symbol.asyncDispose]();
  await fake[Symbol.asyncDispose]();
});
Deno.test.beforeEach(async () => {
  fake.status = (locationId) => Response.json(STATUSES[locationId] ?? notConnectedStatus(locationId));
  fake.connections = [];
  await inWorker("chrome.storage.local.clear()");
});
Deno.test.afterEach(async () => {
  // The browser ends with its last page.
  const [first, ...others] = await chromium.browser.pages();
  await first?.goto("about:blank");
  for (const page of others) await page.close();
});

/** As if a person had allowed them: no automation can answer the browser's question. */
async function allowNotifications(path: string): Promise<void> {
  const manifest = v.parse(Manifest, JSON.parse(await Deno.readTextFile(path)));
  manifest.permissions.push("notifications");
  manifest.optional_permissions = [];
  await Deno.writeTextFile(path, JSON.stringify(manifest));
}

async function inWorker(code: string): Promise<unknown> {
  return await (await chromium.worker()).evaluate(code);
}

/** As the browser does after half a minute without an event. */
async function stopWorker(): Promise<void> {
  const isWorker = (target: Target): boolean => target.type() === "service_worker";
  const stopped = chromium.browser.targets().filter(isWorker);
  await (await chromium.worker()).close();
  await waitUntil(() => !chromium.browser.targets().some((target) => stopped.includes(target)), "it stops");
}

async function store(items: Record<string, unknown>): Promise<void> {
  await inWorker(`chrome.storage.local.set(${JSON.stringify(items)})`);
}

/** A page in front, where every site is there and shows nothing. */
async function openTab(address: string): Promise<Page> {
  const page = await chromium.browser.newPage();
  await page.setRequestInterception(true);
  page.on("request", (request) => {
    const body = `<!doctype html><title>${request.url()}</title>`;
    void request.respond({ contentType: "text/html", body });
  });
  await page.goto(address);
  return page;
}

function locationPage(locationId: string | undefined, host = HIGHLEVEL): string {
  return `${host}/v2/location/${locationId}/dashboard`;
}

/** Title and badge of the tab in front. */
function toolbar(): Promise<unknown> {
  return inWorker(`(async () => {
    const [{ id: tabId }] = await chrome.tabs.query({ active: true, lastFocusedWindow: true });
    return [await chrome.action.getTitle({ tabId }), await chrome.action.getBadgeText({ tabId })];
  })()`);
}

async function toolbarSays(expected: string[]): Promise<void> {
  await waitForValue(toolbar, expected);
}

Deno.test("the toolbar follows tabs, pages that change their address alone, and tabs that are closed", async () => {
  await store(signedIn());
  const connected = await openTab(locationPage(CONNECTED));
  await toolbarSays(IS_CONNECTED);
  const broken = await openTab(locationPage(BROKEN, "https://app.leadconnectorhq.com"));
  await toolbarSays(IS_BROKEN);
  await connected.bringToFront();
  await toolbarSays(IS_CONNECTED);

  for (
    const [path, says] of [
      [`/v2/location/${BROKEN}/contacts`, IS_BROKEN],
      [`/v2/location/${UNKNOWN}/contacts`, IS_UNKNOWN],
      ["/agency_dashboard", NOTHING],
      [`/v2/location/${CONNECTED}/contacts`, IS_CONNECTED],
    ] as const
  ) {
    await connected.evaluate(`history.pushState({}, "", "${path}")`);
    await toolbarSays([...says]);
  }

  await connected.close();
  await broken.bringToFront();
  await toolbarSays(IS_BROKEN);
  await broken.goto("https://www.example.com/");
  await toolbarSays(NOTHING);
});

Deno.test("of many addresses in a hurry the toolbar says the last, however late the earlier answers come", async () => {
  await store(signedIn());
  const late = Promise.withResolvers<void>();
  const isLate = Promise.withResolvers<void>();
  fake.status = async (locationId) => {
    if (locationId === BROKEN) {
      isLate.resolve();
      await late.promise;
    }
    return Response.json(STATUSES[locationId] ?? notConnectedStatus(locationId));
  };
  const page = await openTab(locationPage(BROKEN));
  await isLate.promise;
  const hurry = [UNKNOWN, BROKEN, UNKNOWN, CONNECTED].map((id) =>
    `history.pushState({}, "", "${locationPage(id)}")`
  );
  await page.evaluate(hurry.join(";"));
  await toolbarSays(IS_CONNECTED);
  late.resolve();
  await waitUntil(
    async () =>
      JSON.stringify(await inWorker("chrome.storage.local.get('statuses')")).includes(String(BROKEN)),
    "the late answer is known",
  );
  await toolbarSays(IS_CONNECTED);
});

Deno.test("the toolbar forgets at sign-out, and says what is known after a worker that was stopped", async () => {
  await store(signedIn());
  await openTab(locationPage(BROKEN));
  await toolbarSays(IS_BROKEN);
  await inWorker("chrome.storage.local.remove(['session', 'statuses'])");
  await toolbarSays(NOTHING);

  await stopWorker();
  const page = await openTab(locationPage(CONNECTED));
  await toolbarSays(NOTHING);
  await store(signedIn());
  await toolbarSays(IS_CONNECTED);
  await stopWorker();
  await page.evaluate(`history.pushState({}, "", "${locationPage(BROKEN)}")`);
  await toolbarSays(IS_BROKEN);
});

Deno.test("the toolbar says what the popup learns, at once", async () => {
  await store(signedIn());
  fake.status = () => Response.json(STATUSES[String(CONNECTED)]);
  const page = await openTab(locationPage(CONNECTED));
  await toolbarSays(IS_CONNECTED);
  fake.status = () => Response.json(fakeStatus({ state: "paused", locationId: String(CONNECTED) }));
  await chromium.openPopup(page);
  await toolbarSays(["\u2068Harbor Dental Studio\u2069 is paused.", ""]);
  await chromium.closePopups();
});

Deno.test("the toolbar shows what is known while the server is away, is grey otherwise, and raises no error", async () => {
  const server = `http://localhost:${freePort()}`;
  const { id, ...session } = signedIn().session;
  const entry = {
    locationId: CONNECTED,
    status: STATUSES[String(CONNECTED)],
    checkedAt: Date.now() - 120_000,
  };
  await inWorker(
    `self.failures = []; self.onunhandledrejection = ({ reason }) => failures.push(String(reason))`,
  );
  await store({ server, session: { ...session, id, server }, statuses: { sessionId: id, entries: [entry] } });
  const page = await openTab(locationPage(CONNECTED));
  await toolbarSays(IS_CONNECTED);
  await page.evaluate(`history.pushState({}, "", "${locationPage(UNKNOWN)}")`);
  await toolbarSays(NOTHING);
  await page.evaluate(`history.pushState({}, "", "${locationPage(CONNECTED)}")`);
  await toolbarSays(IS_CONNECTED);
  assert.deepEqual(await inWorker("failures"), []);
});

Deno.test("Chromium takes every picture of the icon", async () => {
  for (const icon of ["grey", "outline", "icon", "marked"]) {
    const path = [16, 32, 48].map((size) => `${size}: "icons/${icon}-${size}.png"`).join();
    assert.equal(await inWorker(`chrome.action.setIcon({ path: { ${path} } }).then(() => "taken")`), "taken");
  }
});

Deno.test("a person who wants it is told once of what has to be connected again, and a click leads there", async () => {
  const broken = STATUSES[String(BROKEN)];
  assert.ok(broken !== undefined);
  fake.connections = [broken];
  const asked = (): number => fake.calls.filter(({ path }) => path.startsWith("/api/connections?")).length;
  const before = asked();
  const { session } = signedIn();
  await store({ session });
  await openTab(locationPage(CONNECTED));
  await toolbarSays(IS_CONNECTED);
  assert.equal(asked(), before);
  await store({ notifications: true });
  const shown = `new Promise((resolve) => chrome.notifications.getAll(resolve)).then(Object.keys)`;
  await waitUntil(
    async () => String(await inWorker(shown)) === `#${broken.connectionId}`,
    "a person is told",
  );
  assert.equal(asked(), before + 1);
  const told = await inWorker("chrome.storage.local.get('told')");
  assert.deepEqual(told, { told: { sessionId: session.id, keys: [broken.connectionId] } });

  // A click on the notice, which stands outside of the browser.
  const id = `#${broken.connectionId}`;
  await inWorker(`void chrome.notifications.onClicked.dispatch("${id}")`);
  await chromium.browser.waitForTarget((target) => target.url().endsWith(`/connections.html${id}`));
  await waitUntil(async () => String(await inWorker(shown)) === "", "the notice is gone");

  await inWorker("chrome.storage.local.remove('session')");
  await waitUntil(
    async () => JSON.stringify(await inWorker("chrome.storage.local.get('told')")) === "{}",
    "what was told is forgotten",
  );
});

Deno.test("the background looks again every five minutes", async () => {
  const periods = "chrome.alarms.getAll().then((all) => all.map(({ periodInMinutes }) => periodInMinutes))";
  assert.deepEqual(await inWorker(periods), [5]);
  await inWorker("chrome.alarms.clearAll()");
  await stopWorker();
  await openTab(locationPage(CONNECTED));
  await waitUntil(async () => String(await inWorker(periods)) === "5", "a lost alarm is set again");
});

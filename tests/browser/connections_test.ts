/** The page of all connections in a real Chromium. The sanitizers are off: puppeteer keeps timers of its own. */
import assert from "node:assert/strict";
import type { Page } from "puppeteer-core";
import type { ConnectionStatus } from "#shared/connection_status.ts";
import { eventfulHistory } from "../support/eventful_history.ts";
import { FAKE_TOKEN, type FakeRelatch, fakeStatus, hoursFromNow } from "../support/fake_relatch.ts";
import { checkPage, textOf } from "../support/page_check.ts";
import { waitUntil } from "../support/wait_until.ts";
import { openPopupStage, type PopupStage } from "./popup_stage.ts";

const WIDE = { width: 1280, height: 900 };
/** What a page of 1280 pixels shows at 400 %, which includes 200 %. WCAG 1.4.10 asks for it. */
const NARROW = { width: 320, height: 900 };

let stage: PopupStage;
Deno.test.beforeAll(async () => {
  stage = await openPopupStage("test-connections");
});
Deno.test.afterAll(async () => await stage[Symbol.asyncDispose]());

Deno.test("thousands of connections are searched, filtered and turned over, and saved as a file", async () => {
  await using fake = await startSignedIn();
  fake.connections = manyConnections(1_234);
  await using connections = await openConnections("list");
  const { page } = connections;
  await connections.says("Matches: 1,234 of 1,234");
  assert.equal(fake.calls.filter(({ path }) => path.startsWith("/api/connections?")).length, 13);
  await checkPage(page, "connections-list");
  await checkNarrow(page, "connections-list_narrow");

  await page.click("[data-action=next]");
  assert.match(await textOf(page, ".pager"), /51–100 of 1,234/);
  assert.equal(await connections.rows(), 50);
  await page.type("input", "cafe sao 77");
  await connections.says("Matches: 2 of 1,234");
  assert.match(await textOf(page, "tbody"), /^Café São João 771/);
  await checkPage(page, "connections-search");
  const [name, text] = await connections.exported();
  assert.match(name, /^relatch-connections-\d{4}-\d\d-\d\d\.csv$/);
  assert.match(
    text,
    /^\uFEFFname,state,.+\r\nCafé São João 771,connected,.+\r\nCafé São João 776,connected,.+\r\n$/,
  );

  await page.type("input", "nothing");
  await connections.says("Matches: 0 of 1,234");
  await checkPage(page, "connections-nothing_found");
  await page.click("[data-action=all]");
  await connections.says("Matches: 1,234 of 1,234");
  assert.equal(await page.$eval("input", ({ value }) => value), "");

  await page.click('[href="#state=reconnect_required"]');
  await connections.says("Matches: 3 of 1,234");
  await checkPage(page, "connections-filtered");
  await page.goBack();
  await connections.says("Matches: 1,234 of 1,234");
  await page.goForward();
  await connections.says("Matches: 3 of 1,234");
});

Deno.test("one connection is opened beside the list, with its history as a picture and as a list", async () => {
  await using fake = await startSignedIn();
  fake.connections = someConnections();
  fake.status = (locationId) =>
    Response.json(fake.connections.find((status) => status.locationId === locationId));
  fake.events = eventfulHistory();
  await using connections = await openConnections("list", "#state=reconnect_required");
  const { page } = connections;
  await connections.says("Matches: 1 of 8");
  await page.click('[href="#all"]');
  await connections.says("Matches: 8 of 8");
  await checkPage(page, "connections-few");
  await page.focus('[href="#connection-2"]');
  await page.keyboard.press("Enter");
  await page.waitForSelector(".history li");
  assert.equal(await focusedText(page), "Sunrise Yoga & Pilates");
  assert.match(await textOf(page, ".timeline title"), /^Timeline from .+ to .+/);
  assert.match(await textOf(page, ".history"), /^Reconnect needed.*Renewed 7 times.*Connected again/);
  await checkPage(page, "connections-detail");
  await checkNarrow(page, "connections-detail_narrow");

  await page.$eval("[data-action=close]", (link) => link.focus());
  await page.keyboard.press("Enter");
  await page.waitForSelector(".detail", { hidden: true });
  assert.equal(await focusedText(page), "Sunrise Yoga & Pilates", "the row has the focus again");
  for (const index of [3, 6, 7]) {
    await page.click(`[href="#connection-${index}"]`);
    await page.waitForSelector(`[href="#connection-${index}"][aria-current=true]`);
    await page.waitForSelector(".history li");
    await checkPage(page, `connections-detail_${index}`);
  }
  await page.goBack();
  await waitUntil(async () => await focusedText(page) === "Agency", "the connection before is open again");
});

Deno.test("the opened connection follows the server, and is connected again from here", async () => {
  await using fake = await startSignedIn();
  fake.connection = fakeStatus({ connectionId: "connection-2" });
  fake.connections = [fake.connection];
  await using connections = await openConnections("list", "#connection-2");
  const { page } = connections;
  await page.waitForSelector(".panel.tone-check");
  fake.connection = { ...fake.connection, ...broken() };
  await page.waitForSelector(".panel.tone-broken", { timeout: 10_000 });
  assert.equal((await page.$$("tr.tone-broken")).length, 1, "the list shows it too");
  fake.session = () => {
    fake.connection = fakeStatus({ connectionId: "connection-2" });
    fake.connections = [fake.connection];
    const body = { token: FAKE_TOKEN, expiresAt: hoursFromNow(1000), connection: fake.connection };
    return Response.json(body, { status: 201 });
  };
  await page.click("[data-action=connect]");
  await page.waitForSelector(".panel.tone-check", { timeout: 10_000 });
  await stage.chromium.closePopups();
});

Deno.test("an attempt shows while it runs, when it failed and when it connected, and is all in hand here", async () => {
  await using fake = await startSignedIn();
  fake.connections = someConnections();
  fake.connect = "page";
  await using connections = await openConnections("list", "#connection-2");
  const { page } = connections;
  await page.waitForSelector(".history li");
  await page.focus(".detail [data-action=connect]");
  await page.keyboard.press("Enter");
  await stage.chromium.authWindow(`${fake.url}/connect`);
  await stage.windowIsKnown();
  await page.waitForSelector("[data-attempt=connecting] [data-action=show_window]");
  await connections.tells("Connecting: Sunrise Yoga & Pilates. Finish in the window that opened.");
  await checkPage(page, "connections-connecting");
  await checkNarrow(page, "connections-connecting_narrow");
  // Another one is refused: the window that is open is shown, and stays the only one.
  await page.click(".detail [data-action=connect]");
  await page.click("[data-attempt] [data-action=show_window]");
  await stage.authWindowsAre(fake, 1);

  await (await stage.chromium.authWindow(`${fake.url}/connect`)).close();
  await page.waitForSelector("[data-attempt=sign_in_failed]");
  await connections.tells("Sign-in failed: Sunrise Yoga & Pilates. The sign-in window was closed");
  await checkPage(page, "connections-failed");
  await checkNarrow(page, "connections-failed_narrow");
  {
    await using other = await openConnections("list");
    await other.page.waitForSelector("[data-attempt=sign_in_failed]");
    await checkPage(other.page, "connections-failed_elsewhere");
    await other.page.focus("[data-attempt] [data-action=dismiss]");
    await other.page.keyboard.press("Enter");
    await other.page.waitForSelector("h1:focus");
    await other.tells("");
  }
  await page.bringToFront();
  await page.waitForSelector("[data-attempt]", { hidden: true });

  fake.session = () => Response.json({}, { status: 400 });
  fake.connect = "code";
  await page.click(".detail [data-action=connect]");
  await page.waitForSelector("[data-attempt=sign_in_failed]", { timeout: 8000 });
  await stage.chromium.closePopups();
  const connected = { ...someConnections()[1], ...fakeStatus({ connectionId: "connection-2" }) };
  fake.session = () => {
    fake.connection = { ...connected, locationName: "Sunrise Yoga & Pilates" };
    fake.connections = someConnections().map((status, index) => index === 1 ? fake.connection : status);
    const body = { token: FAKE_TOKEN, expiresAt: hoursFromNow(1000), connection: fake.connection };
    return Response.json(body, { status: 201 });
  };
  await page.focus("[data-attempt] [data-action=retry]");
  await page.keyboard.press("Enter");
  await page.waitForSelector("[data-attempt=connected]", { timeout: 8000 });
  await stage.chromium.closePopups();
  await connections.tells("Connected: Sunrise Yoga & Pilates. This location is connected to your app.");
  await page.waitForSelector(".detail .panel.tone-check");
  await checkPage(page, "connections-connected");
  await page.click("[data-attempt] [data-action=dismiss]");
  await page.waitForSelector("[data-attempt]", { hidden: true });
});

Deno.test("an attempt whose worker is stopped does not run for ever on the page, and can be cancelled there", async () => {
  await using fake = await stage.start();
  fake.connect = "page";
  await stage.openAuthWindow(fake);
  await using connections = await openConnections("signed_out");
  const { page } = connections;
  await page.waitForSelector("[data-attempt=connecting]");
  await checkPage(page, "connections-connecting_signed_out");
  await page.click("[data-attempt] [data-action=retry]");
  await stage.authWindowsAre(fake, 1);
  await stage.windowIsKnown();
  await (await stage.chromium.worker()).close();
  await page.waitForSelector("[data-attempt=sign_in_failed]", { timeout: 10_000 });
  await connections.tells("The browser stopped the sign-in before it was finished. Try again.");
  await stage.authWindowsAre(fake, 0);
  await page.click("[data-attempt] [data-action=retry]");
  await stage.authWindowsAre(fake, 1);
  await stage.windowIsKnown();
  await page.focus("[data-attempt] [data-action=cancel]");
  await page.keyboard.press("Enter");
  await page.waitForSelector("h1:focus");
  await stage.authWindowsAre(fake, 0);
  assert.equal(await page.$("[data-attempt]"), null);
});

Deno.test("a list that does not come is explained, and what has come stays in sight", async () => {
  await using fake = await stage.start();
  await using connections = await openConnections("signed_out");
  const { page } = connections;
  await checkPage(page, "connections-signed_out");

  const answer = Promise.withResolvers<Response>();
  fake.connectionsPage = () => answer.promise;
  await stage.store(stage.signedIn());
  await page.waitForSelector("[data-view=loading]");
  await checkPage(page, "connections-loading");
  answer.resolve(Response.json({ connections: [], nextCursor: null }));
  await page.waitForSelector("[data-view=empty]");
  await checkPage(page, "connections-empty");

  const some = someConnections();
  fake.connectionsPage = (query) =>
    query.has("cursor")
      ? new Response(null, { status: 503 })
      : Response.json({ connections: some.slice(0, 4), nextCursor: "next" });
  await page.reload();
  await page.waitForSelector("[data-view=away]");
  assert.equal(await connections.rows(), 4);
  await checkPage(page, "connections-away_with_some");
  await checkNarrow(page, "connections-away_narrow");
  await connections.says("cannot answer right now.");
  fake.connectionsPage = (query) =>
    Response.json({ connections: query.has("cursor") ? some.slice(4) : some, nextCursor: null });
  await page.click("[data-action=retry]");
  await connections.says("Matches: 8 of 8");

  fake.connection = someConnections()[0] ?? fake.connection;
  fake.connectionEvents = () => Response.json({}, { status: 404 });
  await page.click('[href="#connection-1"]');
  await connections.shows("too old to show the history");
  await checkPage(page, "connections-history_unsupported");
  await page.evaluate('location.hash = "#connection-99"');
  await connections.shows("may have been removed");
  await checkPage(page, "connections-not_found");

  fake.connectionsPage = () => new Response(null, { status: 503 });
  await stage.store(stage.signedIn(fakeStatus()));
  await page.reload();
  await page.waitForSelector("[data-view=away]");
  await checkPage(page, "connections-away_with_known");
  await stage.store(stage.signedIn());
  await page.reload();
  await page.waitForSelector("[data-view=away]");
  await checkPage(page, "connections-away");

  fake.connectionsPage = () => Response.json({}, { status: 401 });
  await page.click("[data-action=retry]");
  await page.waitForSelector("[data-view=session_ended]");
  await checkPage(page, "connections-session_ended");
  assert.ok(!(await stage.stored()).includes(FAKE_TOKEN));
});

async function startSignedIn(): Promise<FakeRelatch> {
  const fake = await stage.start();
  await stage.store(stage.signedIn());
  return fake;
}

async function openConnections(view: string, hash = "") {
  const page = await stage.chromium.browser.newPage();
  await page.setViewport(WIDE);
  await page.goto(`chrome-extension://${stage.chromium.extension.id}/connections.html${hash}`);
  await page.waitForSelector(`[data-view="${view}"]`);
  return {
    page,
    rows: async () => (await page.$$("tbody tr")).length,
    /** Name and text of the file that the page hands out. */
    async exported(): Promise<[string, string]> {
      const folder = await Deno.makeTempDir();
      const devtools = await page.createCDPSession();
      await devtools.send("Browser.setDownloadBehavior", { behavior: "allow", downloadPath: folder });
      await page.click("[data-action=export]");
      const names = () => [...Deno.readDirSync(folder)].map(({ name }) => name);
      await waitUntil(() => names().some((name) => name.endsWith(".csv")), "the file is there");
      const [name = ""] = names();
      const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(
        await Deno.readFile(`${folder}/${name}`),
      );
      await Deno.remove(folder, { recursive: true });
      return [name, text];
    },
    /** Waits until this is announced. */
    says: (text: string) =>
      waitUntil(
        async () => (await textOf(page, "main + [role=status]")).includes(text),
        `the page says ${text}`,
      ),
    /** Waits until this is announced of an attempt, or nothing. */
    tells: (text: string) =>
      waitUntil(
        async () => {
          const told = await textOf(page, ".page > [role=status]:last-child");
          return text === "" ? told === "" : told.includes(text);
        },
        `the page tells ${text}`,
      ),
    shows: (text: string) =>
      waitUntil(async () => (await textOf(page, "main")).includes(text), `the page shows ${text}`),
    [Symbol.asyncDispose]: () => page.close(),
  };
}

async function focusedText(page: Page): Promise<string> {
  return String(await page.evaluate("document.activeElement.textContent"));
}

async function checkNarrow(page: Page, name: string): Promise<void> {
  await page.setViewport(NARROW);
  await checkPage(page, name);
  await page.setViewport(WIDE);
}

/** Three of them need a person, and every hundredth is in trouble. */
function manyConnections(count: number): ConnectionStatus[] {
  const names = [
    "Harbor Dental Studio",
    "Café São João",
    "Bright Smile",
    "Müller & Söhne",
    "日本橋クリニック",
  ];
  return Array.from({ length: count }, (_, index) => {
    const id = String(index).padStart(4, "0");
    const status = fakeStatus({
      connectionId: `connection-${id}`,
      locationId: `loc${id}AbCdEfGhIjKlM`,
      locationName: `${names[index % names.length]} ${index}`,
      lastRefreshedAt: hoursFromNow(-(index % 20)),
      nextRefreshAt: hoursFromNow(20 - index % 20),
    });
    if (index > 1_000 && index % 100 === 0) return { ...status, ...broken() };
    return index % 100 === 50 ? { ...status, ...failing() } : status;
  }).map((status, index) => index === 7 ? { ...status, ...broken() } : status);
}

function broken(): Partial<ConnectionStatus> {
  const problem = { code: "refresh_token_rejected", since: hoursFromNow(-30), retryAt: null };
  return { state: "reconnect_required", lastRefreshedAt: hoursFromNow(-58), nextRefreshAt: null, problem };
}

function failing(): Partial<ConnectionStatus> {
  const problem = { code: "highlevel_unavailable", since: hoursFromNow(-1), retryAt: hoursFromNow(0.1) };
  return { state: "degraded", problem };
}

function someConnections(): ConnectionStatus[] {
  const named = (index: number, locationName: string | null, changes: Partial<ConnectionStatus> = {}) =>
    fakeStatus({
      connectionId: `connection-${index}`,
      locationId: `loc${index}AbCdEfGhIjKlMnOp`,
      locationName,
      ...changes,
    });
  return [
    named(1, "Bright Smile Dental"),
    named(2, "Sunrise Yoga & Pilates", broken()),
    named(3, "Café Zürich", failing()),
    named(4, "Northlight Legal", {
      state: "paused",
      lastRefreshedAt: hoursFromNow(-58),
      nextRefreshAt: hoursFromNow(5),
      problem: { code: "location_inactive", since: hoursFromNow(-50), retryAt: hoursFromNow(5) },
    }),
    named(5, "Old Town Barbers", {
      state: "degraded",
      problem: { code: "removal_pending", since: hoursFromNow(-1), retryAt: hoursFromNow(1) },
    }),
    named(6, null, { kind: "company", locationId: null }),
    named(7, "Harbor Dental Studio", { missingScopes: ["contacts.write"], kind: "company" }),
    named(8, null, { kind: "company" }),
  ];
}

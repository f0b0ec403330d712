/**
 * "Try now" in a real Chromium: that it runs, how it ends, and what stays in sight when it fails. The sanitizers are off:
 * puppeteer keeps timers of its own.
 */
import assert from "node:assert/strict";
import type { Page } from "puppeteer-core";
import { FAKE_TOKEN, type FakeRelatch, fakeStatus, hoursFromNow } from "../support/fake_relatch.ts";
import { textOf } from "../support/page_check.ts";
import { waitUntil } from "../support/wait_until.ts";
import { checkPopup, openPopupStage, type PopupStage, styleOf } from "./popup_stage.ts";

const TRY_NOW = "[data-action=refresh]";
const IDLE = `${TRY_NOW}[aria-disabled=false]`;

let stage: PopupStage;
Deno.test.beforeAll(async () => {
  stage = await openPopupStage("test-refresh");
});
Deno.test.afterAll(async () => await stage[Symbol.asyncDispose]());

const degraded = fakeStatus({
  state: "degraded",
  problem: { code: "highlevel_unavailable", since: hoursFromNow(-1), retryAt: hoursFromNow(0.2) },
});
const paused = fakeStatus({
  state: "paused",
  problem: { code: "location_inactive", since: hoursFromNow(-50), retryAt: hoursFromNow(5) },
});
const longest = {
  ...degraded,
  locationName: "The Extraordinarily Long-Named Dental and Orthodontics Practice of Greater Northamptonshire",
};

/** The popup of a location that fares as `connection` says, when the server has just been asked. */
async function openFailing(fake: FakeRelatch, connection = degraded): Promise<Page> {
  fake.connection = connection;
  await stage.store(stage.signedIn(connection));
  const popup = await stage.openPopup(connection.state);
  await waitUntil(async () => (await textOf(popup)).includes("Checked just now"), "the server was asked");
  return popup;
}

function refreshCalls(fake: FakeRelatch): FakeRelatch["calls"] {
  return fake.calls.filter(({ method }) => method === "POST");
}

for (const connection of [degraded, paused]) {
  Deno.test(`one click on Try now renews a connection that is ${connection.state}`, async () => {
    await using fake = await stage.start();
    const popup = await openFailing(fake, connection);
    const answer = Promise.withResolvers<Response>();
    fake.refresh = () => answer.promise;
    const announced = await popup.$(".panel");
    for (let presses = 0; presses < 3; presses++) {
      await popup.click(TRY_NOW);
      await popup.waitForSelector(`${TRY_NOW}[aria-disabled=true]`);
    }
    assert.match(await textOf(popup, ".panel"), /Relatch is asking HighLevel/);
    assert.equal(await textOf(popup, TRY_NOW), "Trying…");
    await checkPopup(popup, `popup-${connection.state}-trying`);

    answer.resolve(Response.json(fakeStatus({ lastRefreshedAt: hoursFromNow(0) })));
    await popup.waitForSelector('[data-view="connected"]');
    assert.match(await textOf(popup, "main"), /Last renewed.?now/);
    // The button is gone, and the focus must not be lost with it.
    await popup.waitForSelector("h1:focus");
    assert.ok(await announced?.evaluate((panel) => panel.isConnected), "another panel is not announced");
    assert.deepEqual(refreshCalls(fake), [{
      method: "POST",
      path: `/api/connections/${degraded.connectionId}/refresh`,
      authorization: `Bearer ${FAKE_TOKEN}`,
    }]);
  });
}

Deno.test("a try in vain says so, and can be repeated", async () => {
  await using fake = await stage.start();
  for (const connection of [degraded, paused]) {
    const popup = await openFailing(fake, connection);
    for (let tries = 0; tries < 2; tries++) {
      await popup.click(TRY_NOW);
      await popup.waitForSelector(".sentence::-p-text(Tried just now)");
      await popup.waitForSelector(`${IDLE}:focus`);
    }
    await checkPopup(popup, `popup-${connection.state}-tried`);
  }
  assert.equal(refreshCalls(fake).length, 4);
});

Deno.test("a try that ends in another state shows that one", async () => {
  await using fake = await stage.start();
  const popup = await openFailing(fake);
  fake.refresh = () =>
    Response.json(fakeStatus({
      state: "reconnect_required",
      problem: { code: "refresh_token_rejected", since: hoursFromNow(0), retryAt: null },
    }));
  await popup.click(TRY_NOW);
  await popup.waitForSelector('[data-view="reconnect_required"] [data-action=connect]');
  assert.doesNotMatch(await textOf(popup, ".panel"), /Tried just now/);
});

const refusal = (status: number, headers: Record<string, string> = {}): Response =>
  Response.json({ error: { code: "refused", message: "Refused", requestId: "r" } }, { status, headers });

const FAILURES: readonly [string, () => Response, RegExp][] = [
  [
    "rate_limited",
    () => refusal(429, { "Retry-After": "30" }),
    /too many tries. Wait 30 seconds, then try again/,
  ],
  ["rate_limited_without_time", () => refusal(429), /too many tries. Try again in a minute/],
  [
    "server_trouble",
    () => refusal(503, { "Retry-After": "5" }),
    /server cannot answer right now. Try again in a minute/,
  ],
  ["unexpected_answer", () => new Response("<html>"), /No Relatch server answered. Check the address/],
  // A redirect is not followed, which looks as if nobody had answered.
  [
    "unreachable",
    () => Response.redirect("http://localhost/elsewhere"),
    /server does not answer. Check your network/,
  ],
];
for (const [name, refresh, sentence] of FAILURES) {
  Deno.test(`a try that ends as ${name} says so, and the last known state stays in sight`, async () => {
    await using fake = await stage.start();
    const popup = await openFailing(fake, longest);
    fake.refresh = refresh;
    await popup.click(TRY_NOW);
    await popup.waitForSelector(IDLE);
    assert.match(await textOf(popup, ".panel"), sentence);
    assert.match(await textOf(popup, "main"), /Trouble renewing.*still works.*Runs out/);
    await checkPopup(popup, `popup-degraded-try-${name}`);
  });
}

Deno.test("a try while the computer is offline says so, and the next one works", async () => {
  await using fake = await stage.start();
  const popup = await openFailing(fake);
  await popup.setOfflineMode(true);
  await popup.click(TRY_NOW);
  await popup.waitForSelector(".next-step::-p-text(Check your network)");
  await popup.setOfflineMode(false);
  fake.refresh = () => Response.json(fakeStatus());
  await popup.click(TRY_NOW);
  await popup.waitForSelector('[data-view="connected"]');
});

Deno.test("a try without a live session offers to connect, and forgets the session", async () => {
  await using fake = await stage.start();
  const popup = await openFailing(fake);
  fake.refresh = () => refusal(401);
  await popup.click(TRY_NOW);
  await popup.waitForSelector('[data-view="not_connected"]');
  assert.match(await textOf(popup, ".panel"), /no longer signed in/);
  assert.ok(!(await stage.stored()).includes(FAKE_TOKEN));
});

Deno.test("a try on a connection that is gone says so, and shows what the server says now", async () => {
  await using fake = await stage.start();
  const popup = await openFailing(fake);
  fake.refresh = () => refusal(404);
  fake.connection = fakeStatus({ connectionId: "01900000-0000-7000-8000-000000000002" });
  await popup.click(TRY_NOW);
  await popup.waitForSelector('[data-view="connected"] .note');
  assert.match(await textOf(popup, ".note"), /no longer has the connection/);
  await checkPopup(popup, "popup-connected-tried_another");
});

Deno.test("closing the popup during a try leaves nothing half, and the next popup shows what became of it", async () => {
  await using fake = await stage.start();
  const popup = await openFailing(fake);
  const answer = Promise.withResolvers<Response>();
  fake.refresh = () => answer.promise;
  const before = await stage.stored();
  await popup.click(TRY_NOW);
  await waitUntil(() => refreshCalls(fake).length === 1, "the server was asked");
  await stage.chromium.closePopups();
  assert.equal(await stage.stored(), before);
  fake.connection = fakeStatus();
  answer.resolve(Response.json(fake.connection));
  await stage.openPopup("connected");
  assert.equal(refreshCalls(fake).length, 1);
});

Deno.test("Try now works by keyboard, keeps the focus, and turns nothing for someone who asked for less motion", async () => {
  await using fake = await stage.start();
  const popup = await openFailing(fake);
  const answer = Promise.withResolvers<Response>();
  fake.refresh = () => answer.promise;
  await popup.focus(TRY_NOW);
  await popup.keyboard.press("Enter");
  await popup.waitForSelector(`${TRY_NOW}[aria-disabled=true]:focus`);
  const animation = (): Promise<string> => styleOf(popup, `${TRY_NOW}::before`, "animation-name");
  assert.equal(await animation(), "turn");
  await popup.emulateMediaFeatures([{ name: "prefers-reduced-motion", value: "reduce" }]);
  assert.equal(await animation(), "none");
  answer.resolve(Response.json(degraded));
  await popup.waitForSelector(`${IDLE}:focus`);
});

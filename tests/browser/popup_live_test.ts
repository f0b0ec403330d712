/**
 * The popup while it stays open, in a real Chromium: live without a click and without flicker, permissions on demand, and the
 * ways out of it. The sanitizers are off: puppeteer keeps timers of its own.
 */
import assert from "node:assert/strict";
import type { Page } from "puppeteer-core";
import { type FakeRelatch, fakeStatus, hoursFromNow, startFakeRelatch } from "../support/fake_relatch.ts";
import { checkPage, textOf } from "../support/page_check.ts";
import { waitUntil } from "../support/wait_until.ts";
import { checkPopup, openPopupStage, type PopupStage, statusCalls, styleOf } from "./popup_stage.ts";

const CHECK = "[data-action=check]";

/** Generous: one and a half seconds until the next question, and a machine that does other things too. */
const LIVE_MS = 5_000;

let stage: PopupStage;
Deno.test.beforeAll(async () => {
  stage = await openPopupStage("test-live");
});
Deno.test.afterAll(async () => await stage[Symbol.asyncDispose]());

/** The popup of a location that fares as the fake says, when the server has just been asked. */
async function openChecked(fake: FakeRelatch): Promise<Page> {
  await stage.store(stage.signedIn(fake.connection));
  const popup = await stage.openPopup(fake.connection.state);
  await waitUntil(async () => (await textOf(popup)).includes("Checked just now"), "the server was asked");
  return popup;
}

async function polled(fake: FakeRelatch, times: number): Promise<void> {
  const before = statusCalls(fake).length;
  await waitUntil(
    () => statusCalls(fake).length >= before + times,
    `the server is asked ${times} more times`,
  );
}

const broken = fakeStatus({
  state: "reconnect_required",
  nextRefreshAt: null,
  problem: { code: "refresh_token_rejected", since: hoursFromNow(0), retryAt: null },
});

Deno.test("a change on the server shows in the open popup without a click, and leaves the focus where it is", async () => {
  await using fake = await stage.start();
  const popup = await openChecked(fake);
  await popup.focus(CHECK);
  const announced = await popup.$(".panel");
  const before = statusCalls(fake).length;
  fake.connection = broken;
  await popup.waitForSelector('[data-view="reconnect_required"]', { timeout: LIVE_MS });
  // The next question already brings it.
  assert.equal(statusCalls(fake).length, before + 1);
  assert.ok(await announced?.evaluate((panel) => panel.isConnected), "another panel is not announced");
  assert.ok(await popup.$(`${CHECK}:focus`), "the focus was moved");

  await stage.store(stage.signedIn(broken));
  const unfocused = await openChecked(fake);
  fake.connection = fakeStatus();
  await unfocused.waitForSelector('[data-view="connected"]', { timeout: LIVE_MS });
  assert.equal(
    await unfocused.evaluate("document.activeElement === document.body"),
    true,
    "the focus was moved",
  );
});

Deno.test("the open popup asks on without touching the page or the storage while nothing changes", async () => {
  await using fake = await stage.start();
  const popup = await openChecked(fake);
  await polled(fake, 1);
  await popup.evaluate(`
    globalThis.touched = [];
    new MutationObserver((records) => touched.push(...records.map(({ type, target }) => type + " " + target.nodeName)))
      .observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
    chrome.storage.onChanged.addListener((changes) => touched.push(...Object.keys(changes)));
  `);
  await polled(fake, 2);
  assert.deepEqual(await popup.evaluate("touched"), []);
  fake.connection = broken;
  await popup.waitForSelector('[data-view="reconnect_required"]', { timeout: LIVE_MS });
  const touches = "['attributes DIV', 'statuses'].every((touch) => touched.includes(touch))";
  await waitUntil(async () => await popup.evaluate(touches) === true, "a change does touch them");
});

Deno.test("the open popup says that the server is away, and comes back with it, without a click", async () => {
  let popup: Page;
  {
    await using fake = await stage.start();
    popup = await openChecked(fake);
  }
  await popup.waitForSelector('[data-view="server_unreachable"]', { timeout: 3 * LIVE_MS });
  assert.match(await textOf(popup, ".last-known"), /Last known: Connected/);
  await using _back = await startFakeRelatch(stage.port);
  await popup.waitForSelector('[data-view="connected"]', { timeout: 3 * LIVE_MS });
});

Deno.test("Check now asks at once, says what it found politely, and keeps the focus", async () => {
  await using fake = await stage.start();
  const popup = await openChecked(fake);
  const status = await popup.$("footer [role=status]");
  assert.equal(await textOf(popup, "footer [role=status]"), "");
  const answer = Promise.withResolvers<void>();
  fake.status = () => answer.promise.then(() => Response.json(fake.connection));
  await popup.focus(CHECK);
  for (let presses = 0; presses < 3; presses++) await popup.keyboard.press("Enter");
  await popup.waitForSelector(`${CHECK}[aria-disabled=true]`);
  answer.resolve();
  await popup.waitForSelector("footer [role=status]::-p-text(Checked: Connected)");
  assert.ok(await status?.evaluate((region) => region.isConnected), "another region is not announced");
  assert.ok(await popup.$(`${CHECK}[aria-disabled=false]:focus`), "the focus was moved");
  await checkPopup(popup, "popup-connected-checked");

  // However long the picture takes, and whether the popup has given this question up by then.
  const silence = Promise.withResolvers<Response>();
  fake.status = () => silence.promise;
  await popup.keyboard.press("Enter");
  await popup.waitForSelector(`${CHECK}[aria-disabled=true]`);
  await checkPopup(popup, "popup-connected-checking");
  fake.status = () => Response.json(fake.connection);
  silence.resolve(Response.json(fake.connection));
  await popup.waitForSelector(`${CHECK}[aria-disabled=false]`);

  await popup.focus(CHECK);
  fake.status = () => new Response("{}", { status: 503 });
  await popup.keyboard.press("Enter");
  await popup.waitForSelector('[data-view="server_unreachable"]');
  // The button is gone, and the focus must not be lost with it.
  await popup.waitForSelector("h1:focus");
});

Deno.test("the permissions open by keyboard, what is missing is marked in words, and they stay open while the popup lives", async () => {
  await using fake = await stage.start();
  fake.connection = fakeStatus({
    scopes: ["contacts.readonly", "conversations/message.readonly", "locations.readonly"],
    missingScopes: ["contacts.write"],
  });
  const popup = await openChecked(fake);
  assert.equal(await textOf(popup, "summary"), "Permissions: 3, missing: 1");
  for (let presses = 0; presses < 8 && await popup.$("summary:focus") === null; presses++) {
    await popup.keyboard.press("Tab");
  }
  assert.equal(await styleOf(popup, "summary:focus", "outline-style"), "solid", "focus is not seen");
  await popup.keyboard.press("Enter");
  await popup.waitForSelector("details[open] li");
  assert.match(await textOf(popup, "details ul"), /^contacts\.write missing ?contacts\.readonly/);
  await checkPopup(popup, "popup-scopes-some_missing");
  fake.connection = { ...fake.connection, nextRefreshAt: hoursFromNow(2) };
  await popup.waitForSelector("dd::-p-text(in 2 hours)", { timeout: LIVE_MS });
  assert.ok(await popup.$("details[open] > summary:focus"), "the list was closed, or the focus was moved");
  await popup.keyboard.press("Space");
  await popup.waitForSelector("details:not([open])");
});

Deno.test("a long list of permissions scrolls inside a popup of the same height", async () => {
  await using fake = await stage.start();
  const scopes = Array.from({ length: 60 }, (_, index) => `conversations/message.number_${index}.readonly`);
  fake.connection = {
    ...broken,
    scopes,
    locationName: "The Extraordinarily Long-Named Dental Practice of Kent",
  };
  const popup = await openChecked(fake);
  await popup.click("summary");
  await popup.waitForSelector("details[open] li");
  const isInSight = (selector: string): Promise<boolean> =>
    popup.$eval(
      selector,
      (element) => element.checkVisibility() && element.getBoundingClientRect().bottom <= 480,
    );
  await waitUntil(() => isInSight("details li:nth-child(5)"), "the list is in sight");
  assert.ok(await isInSight("[data-action=connect]"), "the buttons are out of sight");
  await checkPopup(popup, "popup-scopes-many");
  await popup.keyboard.press("End");
  await waitUntil(() => isInSight("details li:last-child"), "the end can be reached by keyboard");
  await popup.$eval("html", (html) => html.style.setProperty("font-size", "200%"));
  await checkPage(popup, "popup-scopes-many-200_percent");
});

Deno.test("All connections opens the page once, and brings it back to the front", async () => {
  await using fake = await stage.start();
  await stage.store({});
  assert.equal(await (await stage.openPopup("not_connected")).$("[data-action=connections]"), null);
  const page = `chrome-extension://${stage.chromium.extension.id}/connections.html`;
  const tabs = () => stage.chromium.browser.targets().filter((target) => target.url().startsWith(page));
  for (let times = 0; times < 2; times++) {
    const popup = await openChecked(fake);
    await popup.click("[data-action=connections]");
    await waitUntil(() => tabs().length === 1, "the page opens");
    const tab = await tabs()[0]?.asPage();
    await waitUntil(
      async () => await tab?.evaluate("document.visibilityState") === "visible",
      "the page comes to the front",
    );
  }
  assert.equal(tabs().length, 1);
  await (await tabs()[0]?.asPage())?.close();
});

/**
 * Attempts to connect that something ends in the middle, in a real Chromium: each comes to an end with a next step. The
 * sanitizers are off: puppeteer keeps timers of its own.
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { Page } from "puppeteer-core";
import { launchChromium } from "../support/chromium.ts";
import { startFakeRelatch } from "../support/fake_relatch.ts";
import { textOf } from "../support/page_check.ts";
import { makeReachableFolder } from "../support/reachable_folder.ts";
import { waitUntil } from "../support/wait_until.ts";
import { checkPopup, openPopupStage, type PopupStage } from "./popup_stage.ts";

/** What the stage builds. */
const NAME = "test-attempts";
const EXTENSION = fileURLToPath(new URL(`../../dist/${NAME}/chrome`, import.meta.url));

let stage: PopupStage;
Deno.test.beforeAll(async () => {
  stage = await openPopupStage(NAME);
});
Deno.test.afterAll(async () => await stage[Symbol.asyncDispose]());

/** Stops the worker, as the browser may at any time. The attempt's alarm comes every half minute; here it comes sooner. */
async function stopWorker(): Promise<void> {
  const { browser } = stage.chromium;
  const worker = await stage.chromium.worker();
  await worker.evaluate(`chrome.alarms.create("attempt", { periodInMinutes: 0.02 })`);
  const before = browser.targets();
  const isGone = (): boolean => !before.every((target) => browser.targets().includes(target));
  await worker.close();
  await waitUntil(isGone, "the worker has stopped");
}

/** The popup that is open or opens by itself, once it shows `view`. */
async function popupWith(view: string): Promise<Page> {
  const popup = await stage.chromium.popup();
  await popup.waitForSelector(`[data-view="${view}"]`, { timeout: 8000 });
  return popup;
}

/** Clicks what leads back to the extension. The window may be gone before the click is acknowledged. */
async function allow(window: Page): Promise<void> {
  await window.click("#go").catch(() => {});
}

Deno.test("an attempt whose worker is stopped ends by itself, with its window, and starts again", async () => {
  await using fake = await stage.start();
  fake.connect = "page";
  await stage.openAuthWindow(fake);
  await stopWorker();
  const popup = await popupWith("sign_in_failed");
  assert.match(await textOf(popup, ".panel"), /The browser stopped the sign-in/);
  await stage.authWindowsAre(fake, 0);
  await popup.click("[data-action=retry]");
  await stage.authWindowsAre(fake, 1);
  await stage.windowIsKnown();
  await (await stage.openPopup("connecting")).click("[data-action=cancel]");
  await stage.authWindowsAre(fake, 0);
});

Deno.test("an attempt whose worker is stopped at the last step connects all the same", async () => {
  await using fake = await stage.start();
  const silence = Promise.withResolvers<Response>();
  const answer = fake.session;
  fake.session = () => silence.promise;
  await (await stage.openPopup("not_connected")).click("[data-action=connect]");
  const exchanges = (): number => fake.calls.filter(({ method }) => method === "POST").length;
  await waitUntil(() => exchanges() === 1, "the server has the grant code");
  fake.session = answer;
  await stage.chromium.closePopups();
  await stopWorker();
  await popupWith("connected");
  assert.ok(exchanges() > 1, "nobody asked again");
  const stored = await stage.stored();
  for (const secret of ["codeVerifier", "grant"]) assert.ok(!stored.includes(secret), `${secret} is kept`);
  silence.resolve(await answer());
});

Deno.test("an attempt whose server goes away at the last step waits for it, says so, and connects", async () => {
  const gone = await stage.start();
  gone.connect = "page";
  const window = await stage.openAuthWindow(gone);
  await gone[Symbol.asyncDispose]();
  await allow(window);
  const popup = await stage.openPopup("connecting");
  await popup.waitForFunction(`document.querySelector(".panel").textContent.includes("Almost done")`);
  await checkPopup(popup, "popup-connecting-finishing");
  await using _back = await startFakeRelatch(stage.port);
  await popup.waitForSelector('[data-view="connected"]', { timeout: 12_000 });
});

Deno.test("two browser windows see one attempt: the second can show, cancel and start it, and sees how it ends", async () => {
  await using fake = await stage.start();
  fake.connect = "page";
  const first = await stage.openAuthWindow(fake);
  const page = await stage.chromium.browser.newPage({ type: "window" });
  await page.goto(fake.locationPage);
  const second = await stage.chromium.openPopup(page);
  await second.waitForSelector('[data-view="connecting"]');
  for (const action of ["show_window", "retry", "cancel"]) {
    assert.ok(await second.$(`[data-action=${action}]`), `no way to ${action}`);
  }
  await second.click("[data-action=retry]");
  await waitUntil(() => first.isClosed(), "the first attempt's window closes");
  await stage.authWindowsAre(fake, 1);
  await stage.windowIsKnown();
  await allow(await stage.chromium.authWindow(`${fake.url}/connect`));
  await popupWith("connected");
  await stage.openPopup("connected");
  await (await stage.chromium.openPopup(page)).waitForSelector('[data-view="connected"]');
  await page.close();
});

Deno.test("a restart of the browser in the middle of an attempt leaves nothing that waits, and connecting works", async () => {
  await using fake = await startFakeRelatch(stage.port);
  await using profile = await makeReachableFolder();
  const options = { extensionPath: EXTENSION, headless: true, userDataDirectory: profile.path };
  {
    await using before = await launchChromium(options);
    fake.connect = "page";
    const page = await before.browser.newPage();
    await page.goto(fake.locationPage);
    await (await before.openPopup(page)).click("[data-action=connect]");
    await before.authWindow(`${fake.url}/connect`);
  }
  await using after = await launchChromium(options);
  fake.connect = "code";
  const page = await after.browser.newPage();
  await page.goto(fake.locationPage);
  const popup = await after.openPopup(page);
  await popup.waitForSelector('[data-view="not_connected"]');
  await popup.click("[data-action=connect]");
  await popup.waitForSelector('[data-view="connected"]');
});

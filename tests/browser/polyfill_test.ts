/**
 * The extension where webextension-polyfill has work to do, as in the oldest Chrome that it runs in: newer ones have the
 * namespace `browser` themselves. The sanitizers are off: puppeteer keeps timers of its own.
 */
import german from "../../extension/static/_locales/de/messages.json" with { type: "json" };
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { Page } from "puppeteer-core";
import * as v from "valibot";
import { buildExtension } from "../support/build_extension.ts";
import { type Chromium, launchChromium } from "../support/chromium.ts";
import { startFakeRelatch } from "../support/fake_relatch.ts";
import { textOf } from "../support/page_check.ts";
import { freePort } from "../support/server_process.ts";
import { waitUntil } from "../support/wait_until.ts";

/** Takes away what the oldest Chrome does not have: the namespace, and replies by promise. */
const AGE = `{
  delete globalThis.browser;
  const { onMessage } = chrome.runtime;
  const add = onMessage.addListener.bind(onMessage);
  onMessage.addListener = (listener) => add((...message) => listener(...message) === true);
}`;

/** What the scripts use as `browser`: they have it from each other. */
const POLYFILLED = `import("/popup.js").then((all) => Object.values(all).find((each) => each.runtime?.id))`;

const Asked = v.object({
  isNative: v.boolean(),
  reply: v.object({ attempt: v.object({ phase: v.string() }) }),
});

let port: number;
let chromium: Chromium;
Deno.test.beforeAll(async () => {
  port = freePort();
  const out = fileURLToPath(new URL("../../dist/test-polyfill", import.meta.url));
  const extensionPath = await buildExtension({ server: `http://localhost:${port}`, out });
  const script = `${extensionPath}/popup.js`;
  await Deno.writeTextFile(script, AGE + await Deno.readTextFile(script));
  chromium = await launchChromium({ extensionPath, headless: true });
});
Deno.test.afterAll(async () => await chromium[Symbol.asyncDispose]());

async function openOptions(): Promise<Page> {
  const page = await chromium.browser.newPage();
  await page.goto(`chrome-extension://${chromium.extension.id}/options.html`);
  await page.waitForSelector("#language");
  return page;
}

Deno.test("with the polyfill's namespace a location connects, and the background replies by promise", async () => {
  await using fake = await startFakeRelatch(port);
  fake.connect = "page";
  const page = await chromium.browser.newPage();
  await page.goto(fake.locationPage);
  const popup = await chromium.openPopup(page);
  await popup.waitForSelector('[data-view="not_connected"]');
  await popup.click("[data-action=connect]");
  const window = await chromium.authWindow(`${fake.url}/connect`);

  const options = await openOptions();
  const asked = await options.evaluate(`${POLYFILLED}.then(async (polyfilled) => ({
    isNative: [globalThis.browser, chrome].includes(polyfilled),
    reply: await polyfilled.runtime.sendMessage({ type: "attempt" }),
  }))`);
  const { isNative, reply } = v.parse(Asked, asked);
  assert.deepEqual([isNative, reply.attempt.phase], [false, "connecting"]);
  await options.close();

  // It may be gone before the click is acknowledged.
  await window.click("#go").catch(() => {});
  await (await chromium.popup()).waitForSelector('[data-view="connected"]');
});

Deno.test("with the polyfill's namespace the options keep what is chosen", async () => {
  await using options = await openOptions();
  await options.select("#language", "de");
  const isGerman = async (): Promise<boolean> => await textOf(options, "h1") === german.options_title.message;
  await waitUntil(isGerman, "the page is German");
  await options.reload();
  await options.waitForSelector("#language");
  assert.ok(await isGerman(), "the choice is lost");
  assert.deepEqual(await options.evaluate("chrome.storage.local.get('language')"), { language: "de" });
});

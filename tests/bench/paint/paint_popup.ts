/** Opens a page of the extension as the toolbar's popup, and tells when it showed something. */
import type { Page } from "puppeteer-core";
import * as v from "valibot";
import type { Chromium } from "../../support/chromium.ts";
import { waitUntil } from "../../support/wait_until.ts";

/** The browser tells of a paint that was before as well. */
const FIRST_PAINT = `new Promise((resolve) => {
  new PerformanceObserver((list) => {
    for (const { name, startTime } of list.getEntries()) {
      if (name === "first-contentful-paint") resolve(startTime);
    }
  }).observe({ type: "paint", buffered: true });
})`;

export interface PopupToPaint {
  readonly chromium: Chromium;
  /** The page on which the icon is clicked. */
  readonly page: Page;
  /** File name of the page that the popup shows. */
  readonly file: string;
}

/** Milliseconds from the start of its navigation to its first contentful paint. Closes it again. */
export async function paintPopup({ chromium, page, file }: PopupToPaint): Promise<number> {
  const { browser, extension } = chromium;
  const worker = await chromium.worker();
  await worker.evaluate(`chrome.action.setPopup({ popup: ${JSON.stringify(file)} })`);
  await page.bringToFront();
  await page.triggerExtensionAction(extension);
  const url = `chrome-extension://${extension.id}/${file}`;
  const target = await browser.waitForTarget((target) => target.url() === url, { timeout: 5000 });
  const popup = await target.asPage();
  const paint = v.parse(v.number(), await popup.evaluate(FIRST_PAINT));
  await popup.evaluate("close()").catch(() => {});
  await waitUntil(() => !browser.targets().includes(target), "the popup closes");
  return paint;
}

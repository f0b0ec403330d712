/** Opens a page of the extension as the toolbar's popup, and tells when it showed something. */
import { setTimeout as delay } from "node:timers/promises";
import type { CDPSession, Page } from "puppeteer-core";
import * as v from "valibot";
import type { Chromium } from "../../support/chromium.ts";
import { waitUntil } from "../../support/wait_until.ts";

/** Long after the paint of any popup, and after the background has looked at a page that came to the front. */
const SETTLED_MS = 300;

/** The browser tells of a paint that was before as well. */
const FIRST_PAINT = `new Promise((resolve) => {
  new PerformanceObserver((list) => {
    for (const { name, startTime } of list.getEntries()) {
      if (name === "first-contentful-paint") resolve(startTime);
    }
  }).observe({ type: "paint", buffered: true });
})`;

const Evaluated = v.object({ result: v.object({ value: v.number() }) });

export interface PopupToPaint {
  readonly chromium: Chromium;
  /** The page on which the icon is clicked. */
  readonly page: Page;
  /** File name of the page that the popup shows. */
  readonly file: string;
}

/**
 * Milliseconds from the start of its navigation to its first contentful paint. Closes it again. Nobody looks into the popup
 * before it has painted: a debugger makes itself at home in its thread for milliseconds, just when it reads what is stored.
 */
export async function paintPopup({ chromium, page, file }: PopupToPaint): Promise<number> {
  const { browser, extension } = chromium;
  const worker = await chromium.worker();
  await worker.evaluate(`chrome.action.setPopup({ popup: ${JSON.stringify(file)} })`);
  await page.bringToFront();
  const url = `chrome-extension://${extension.id}/${file}`;
  const session = await browser.target().createCDPSession();
  try {
    const targetId = await chromium.unwatched(async () => {
      // Not one question meanwhile: the thread that shows the popup would have to answer.
      await delay(SETTLED_MS);
      await page.triggerExtensionAction(extension);
      await delay(SETTLED_MS);
      return await openTarget(session, url);
    });
    const popup = await attach(session, targetId);
    const answer = await popup.send("Runtime.evaluate", {
      expression: FIRST_PAINT,
      awaitPromise: true,
      returnByValue: true,
    });
    const { result } = v.parse(Evaluated, answer);
    await session.send("Target.closeTarget", { targetId });
    await waitUntil(async () => await findTarget(session, url) === undefined, "the popup closes");
    return result.value;
  } finally {
    await session.detach();
  }
}

/** Id of the target that shows `url`, once there is one. */
async function openTarget(session: CDPSession, url: string): Promise<string> {
  let targetId: string | undefined;
  await waitUntil(async () => (targetId = await findTarget(session, url)) !== undefined, "the popup opens");
  return targetId ?? "";
}

async function findTarget(session: CDPSession, url: string): Promise<string | undefined> {
  const { targetInfos } = await session.send("Target.getTargets");
  return targetInfos.find((target) => target.url === url)?.targetId;
}

async function attach(session: CDPSession, targetId: string): Promise<CDPSession> {
  const { sessionId } = await session.send("Target.attachToTarget", { targetId, flatten: true });
  const popup = session.connection()?.session(sessionId) ?? null;
  if (popup === null) throw new Error("Cannot look into the popup: it has gone");
  return popup;
}

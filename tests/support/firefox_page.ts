/**
 * A page of Firefox, in a tab, in a window or in the panel of a toolbar button alike: each is a browsing context, and is
 * reached through the actor that Marionette puts into every page.
 */
import { waitUntil } from "./wait_until.ts";
import type { Marionette } from "./marionette.ts";
import type { ShownPage } from "./shown_page.ts";
import * as v from "valibot";

const WAIT_MILLISECONDS = 10_000;

/** Starts every script below: the page's context, whichever process it lives in now, and its actor. */
const FIND = `
  const [browserId, ...rest] = arguments;
  const context = BrowsingContext.getCurrentTopByBrowserId(browserId);
  if (!context?.currentWindowGlobal) throw new Error("The page is gone");
  const actor = context.currentWindowGlobal.getActor("MarionetteCommands");
  const browser = context.embedderElement;
  const chromeWindow = browser.ownerDocument.defaultView;
`;

const EVALUATE = `${FIND}
  const [expression, timeout] = rest;
  return await actor.executeScript("return (" + expression + "\\n);", [], { timeout });
`;

const CLICK = `${FIND}
  const element = await actor.findElement("css selector", rest[0], { all: false });
  await actor.clickElement(element, { toJSON: () => ({ "moz:webdriverClick": true }) });
`;

/** Ends when the new page has loaded, or the same page has moved to another place in it. */
const GO_TO = `${FIND}
  const { promise, resolve } = Promise.withResolvers();
  const { STATE_STOP, STATE_IS_WINDOW, LOCATION_CHANGE_SAME_DOCUMENT } = Ci.nsIWebProgressListener;
  const stopped = STATE_STOP | STATE_IS_WINDOW;
  const listener = {
    onStateChange(where, progress, request, flags) {
      const hasStopped = (flags & stopped) === stopped && browser.currentURI.spec !== "about:blank";
      if (where === browser && progress.isTopLevel && hasStopped) resolve();
    },
    onLocationChange(where, progress, request, uri, flags) {
      if (where === browser && flags & LOCATION_CHANGE_SAME_DOCUMENT) resolve();
    },
  };
  chromeWindow.gBrowser.addTabsProgressListener(listener);
  try {
    const triggeringPrincipal = Services.scriptSecurityManager.getSystemPrincipal();
    browser.fixupAndLoadURIString(rest[0], { triggeringPrincipal });
    await promise;
  } finally {
    chromeWindow.gBrowser.removeTabsProgressListener(listener);
  }
`;

const SCREENSHOT = `${FIND}
  const size = "const { scrollWidth, scrollHeight } = document.documentElement; return [scrollWidth, scrollHeight];";
  const [width, height] = await actor.executeScript(size, [], {});
  const all = new chromeWindow.DOMRect(0, 0, width, height);
  const bitmap = await context.currentWindowGlobal.drawSnapshot(all, 1, "white");
  const canvas = new chromeWindow.OffscreenCanvas(bitmap.width, bitmap.height);
  canvas.getContext("2d").drawImage(bitmap, 0, 0);
  const blob = await canvas.convertToBlob();
  return new Uint8Array(await blob.arrayBuffer()).toBase64();
`;

/** A window with one page goes with it; the first window stays, since Marionette works from there. */
const CLOSE = `${FIND}
  const tab = chromeWindow.gBrowser.getTabForBrowser(browser);
  if (tab === undefined) browser.closest("panel").hidePopup();
  else if (chromeWindow === window || chromeWindow.gBrowser.tabs.length > 1) chromeWindow.gBrowser.removeTab(tab);
  else chromeWindow.close();
`;

export interface FirefoxPage extends ShownPage {
  /** Firefox's number for it, the same wherever it goes. */
  readonly browserId: number;
}

export function createFirefoxPage(marionette: Marionette, browserId: number): FirefoxPage {
  const run = (body: string, ...args: readonly unknown[]): Promise<unknown> =>
    marionette.runInBrowser(body, [browserId, ...args]);
  const evaluate = (expression: string): Promise<unknown> => run(EVALUATE, expression, WAIT_MILLISECONDS);

  return {
    browserId,
    evaluate,
    goto: (address) => run(GO_TO, address),
    async waitForSelector(selector, { timeout = WAIT_MILLISECONDS } = {}) {
      const isThere = `document.querySelector(${JSON.stringify(selector)}) !== null`;
      // While the page is being replaced, nobody answers.
      const check = async (): Promise<boolean> => await evaluate(isThere).catch(() => false) === true;
      await waitUntil(check, `"${selector}" is there`, timeout);
    },
    async click(selector) {
      await run(CLICK, selector);
    },
    async emulateMediaFeatures(features) {
      const scheme = features.find(({ name }) => name === "prefers-color-scheme")?.value;
      await run(`${FIND} context.prefersColorSchemeOverride = rest[0];`, scheme ?? "none");
    },
    async screenshot({ path }) {
      await Deno.writeFile(path, Uint8Array.fromBase64(v.parse(v.string(), await run(SCREENSHOT))));
    },
    async close() {
      await run(CLOSE);
    },
  };
}

/** A real Firefox with the built extension: the toolbar's popup, the sign-in window, and what they show. */
import { FIREFOX_EXTENSION_ID } from "#shared/extension_identity.ts";
import { createFirefoxPage, type FirefoxPage } from "./firefox_page.ts";
import { startFirefoxProcess } from "./firefox_process.ts";
import type { Marionette } from "./marionette.ts";
import { waitUntil } from "./wait_until.ts";
import * as v from "valibot";

/** Firefox would draw one by lot. */
const EXTENSION_UUID = "7c1c3a52-9d0e-4b7f-8f6e-2f4f6a1de5b0";
/** As Firefox makes names for its widgets. */
const WIDGET = FIREFOX_EXTENSION_ID.replaceAll(/[^\w-]/g, "_");

const POPUP_MILLISECONDS = 5000;
const WINDOW_MILLISECONDS = 10_000;

const PIN_BUTTON = `
  const { CustomizableUI } = ChromeUtils.importESModule(
    "moz-src:///browser/components/customizableui/CustomizableUI.sys.mjs",
  );
  CustomizableUI.addWidgetToArea("${WIDGET}-browser-action", CustomizableUI.AREA_NAVBAR);
`;

const CLICK_BUTTON = `
  const { event } = ChromeUtils.importESModule("chrome://remote/content/shared/webdriver/Event.sys.mjs");
  window.focus();
  const { x, y, width, height } = document.getElementById("${WIDGET}-BAP").getBoundingClientRect();
  await event.synthesizeMouseAtPoint(x + width / 2, y + height / 2, {}, window);
`;

const POPUPS = `[...document.querySelectorAll("panel[panelopen=true] .webextension-popup-browser")]`;

const PAGES_AT = `
  const found = [];
  for (const { gBrowser } of Services.wm.getEnumerator("navigator:browser")) {
    for (const { currentURI, browserId } of gBrowser?.browsers ?? []) {
      if (currentURI.spec.startsWith(arguments[0])) found.push(browserId);
    }
  }
  return found;
`;

const NEW_TAB = `
  const tab = gBrowser.addTrustedTab("about:blank");
  gBrowser.selectedTab = tab;
  return tab.linkedBrowser.browserId;
`;

const SELECT_TAB = `
  const { embedderElement } = BrowsingContext.getCurrentTopByBrowserId(arguments[0]);
  gBrowser.selectedTab = gBrowser.getTabForBrowser(embedderElement);
`;

const EXTENSION = `const { extension } = WebExtensionPolicy.getByID("${FIREFOX_EXTENSION_ID}");`;
const WAKE_BACKGROUND = `${EXTENSION}
  await extension.wakeupBackground();
  return extension.backgroundContext.xulBrowser.browserId;
`;
const STOP_BACKGROUND = `${EXTENSION}
  await extension.terminateBackground({ disableResetIdleForTest: true });
`;

const BrowserIds = v.array(v.number());

export interface Firefox extends AsyncDisposable {
  readonly marionette: Marionette;
  readonly profilePath: string;
  /** Where the extension's pages are, with a slash at the end. */
  readonly extensionUrl: string;
  /** Opens `address` in a new tab in front and waits until it has loaded. */
  newPage(address: string): Promise<FirefoxPage>;
  /** Clicks the toolbar icon on `page` and returns the popup once it shows something. */
  openPopup(page: FirefoxPage): Promise<FirefoxPage>;
  /** The popup that is open, or that opens by itself within 5 seconds. */
  popup(): Promise<FirefoxPage>;
  closePopups(): Promise<void>;
  /** The sign-in window: the page whose address starts with `prefix`. */
  authWindow(prefix: string): Promise<FirefoxPage>;
  authWindows(prefix: string): Promise<readonly FirefoxPage[]>;
  /** The extension's background, started if need be. */
  background(): Promise<FirefoxPage>;
  /** Ends the background as Firefox does with one that has nothing to do. */
  stopBackground(): Promise<void>;
}

/** `extensionPath`: folder of the built extension. */
export async function launchFirefox({ extensionPath }: { extensionPath: string }): Promise<Firefox> {
  const firefox = await startFirefoxProcess({
    "extensions.webextensions.uuids": JSON.stringify({ [FIREFOX_EXTENSION_ID]: EXTENSION_UUID }),
  });
  const { marionette, profilePath } = firefox;
  const extensionUrl = `moz-extension://${EXTENSION_UUID}/`;
  try {
    await marionette.send("Addon:Install", { path: extensionPath, temporary: true });
    await marionette.runInBrowser(PIN_BUTTON);
  } catch (error) {
    await firefox[Symbol.asyncDispose]();
    throw error;
  }

  async function pages(body: string, ...args: readonly unknown[]): Promise<FirefoxPage[]> {
    const ids = v.parse(BrowserIds, await marionette.runInBrowser(body, args));
    return ids.map((id) => createFirefoxPage(marionette, id));
  }

  const popups = (): Promise<FirefoxPage[]> => pages(`return ${POPUPS}.map(({ browserId }) => browserId);`);
  const authWindows = (prefix: string): Promise<FirefoxPage[]> => pages(PAGES_AT, prefix);

  async function popup(): Promise<FirefoxPage> {
    let shown: FirefoxPage | undefined;
    await waitUntil(
      async () => {
        [shown] = await popups();
        // One popup closes when another window takes the focus, and the next may be on its way.
        return await shown?.evaluate(`document.querySelector("[data-view]") !== null`).catch(() => false) ===
          true;
      },
      "a popup shows something",
      POPUP_MILLISECONDS,
    );
    if (shown === undefined) throw new Error("The popup has closed");
    return shown;
  }

  async function closePopups(): Promise<void> {
    await marionette.runInBrowser(`for (const popup of ${POPUPS}) popup.closest("panel").hidePopup();`);
    await waitUntil(async () => (await popups()).length === 0, "the popup closes");
  }

  return {
    marionette,
    profilePath,
    extensionUrl,
    popup,
    closePopups,
    authWindows,
    async newPage(address) {
      const browserId = v.parse(v.number(), await marionette.runInBrowser(NEW_TAB));
      const page = createFirefoxPage(marionette, browserId);
      await page.goto(address);
      return page;
    },
    async openPopup({ browserId }) {
      await closePopups();
      await marionette.runInBrowser(SELECT_TAB, [browserId]);
      await marionette.runInBrowser(CLICK_BUTTON);
      return await popup();
    },
    async authWindow(prefix) {
      let found: FirefoxPage | undefined;
      const isOpen = async (): Promise<boolean> => ([found] = await authWindows(prefix)).length > 0;
      await waitUntil(isOpen, "the sign-in window opens", WINDOW_MILLISECONDS);
      if (found === undefined) throw new Error("The sign-in window has closed");
      return found;
    },
    async background() {
      const browserId = v.parse(v.number(), await marionette.runInBrowser(WAKE_BACKGROUND));
      return createFirefoxPage(marionette, browserId);
    },
    async stopBackground() {
      await marionette.runInBrowser(STOP_BACKGROUND);
    },
    [Symbol.asyncDispose]: () => firefox[Symbol.asyncDispose](),
  };
}

/** A real Chromium with the built extension: the toolbar's popup, the sign-in window, and what they show. */
import { setTimeout as delay } from "node:timers/promises";
import puppeteer, {
  type Browser,
  type Extension,
  type Page,
  type Target,
  type WebWorker,
} from "puppeteer-core";
import { waitUntil } from "./wait_until.ts";

/** Real programs before wrapper scripts, which add flags of their own. */
const PROGRAMS: Readonly<Record<string, readonly string[]>> = {
  linux: [
    "/usr/lib/chromium/chromium",
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/usr/bin/google-chrome",
  ],
  darwin: [
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  ],
  windows: ["C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe"],
};

const ARGUMENTS = [
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // Lets `triggerExtensionAction()` act as a click on the toolbar.
  "--enable-unsafe-extension-debugging",
  "--window-size=1280,900",
];

/** The first Chromium of this machine, or `undefined`. */
export async function findChromium(): Promise<string | undefined> {
  for (const path of PROGRAMS[Deno.build.os] ?? []) {
    if (await Deno.stat(path).then(() => true, () => false)) return path;
  }
  return undefined;
}

/** Throws when there is none: a test that needs a browser fails rather than pass unseen. */
export async function requireChromium(): Promise<string> {
  const path = await findChromium();
  if (path === undefined) {
    throw new Error("Cannot find Chromium: install Debian's chromium, or Google Chrome");
  }
  return path;
}

export interface Chromium extends AsyncDisposable {
  readonly browser: Browser;
  readonly extension: Extension;
  /** Clicks the toolbar icon on `page` and returns the popup once it shows something. */
  openPopup(page: Page): Promise<Page>;
  /** The popup that is open, or that opens by itself within 5 seconds. */
  popup(): Promise<Page>;
  closePopups(): Promise<void>;
  /** The sign-in window: the page whose address starts with `prefix`. */
  authWindow(prefix: string): Promise<Page>;
  authWindows(prefix: string): readonly Target[];
  /** The extension's worker, started if need be. */
  worker(): Promise<WebWorker>;
  /** Leaves alone what opens while `act` runs: it loads as it does for a person, and is none of `browser.targets()`. */
  unwatched<T>(act: () => Promise<T>): Promise<T>;
}

export interface ChromiumOptions {
  /** Folder of the built extension. */
  readonly extensionPath: string;
  readonly headless: boolean;
  /** A profile to use; by default one that is thrown away. */
  readonly userDataDirectory?: string;
}

export async function launchChromium(
  { extensionPath, headless, userDataDirectory }: ChromiumOptions,
): Promise<Chromium> {
  const isRoot = Deno.build.os !== "windows" && Deno.uid() === 0;
  let isWatching = true;
  const browser = await puppeteer.launch({
    executablePath: await requireChromium(),
    headless,
    pipe: true,
    enableExtensions: true,
    defaultViewport: null,
    targetFilter: () => isWatching,
    // Whoever launched it closes it; by default puppeteer would end this whole process at Ctrl-C.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
    ...(userDataDirectory === undefined ? {} : { userDataDir: userDataDirectory }),
    // A person at the demo needs no bar that tells of automation.
    ignoreDefaultArgs: headless ? false : ["--enable-automation"],
    args: [
      ...ARGUMENTS,
      ...(headless ? ["--disable-gpu", "--animation-duration-scale=0"] : []),
      ...(isRoot ? ["--no-sandbox"] : []),
    ],
  });
  const id = await browser.installExtension(extensionPath);
  const extension = (await browser.extensions()).get(id);
  if (extension === undefined) throw new Error(`Cannot load the extension from "${extensionPath}"`);
  const isPopup = (target: Target) => target.url() === `chrome-extension://${id}/popup.html`;

  async function popup(): Promise<Page> {
    const deadline = performance.now() + 5000;
    const timeLeft = () => Math.max(1, deadline - performance.now());
    while (true) {
      const target = await browser.waitForTarget(isPopup, { timeout: timeLeft() });
      try {
        const page = await target.asPage();
        await page.waitForSelector("[data-view]", { timeout: timeLeft() });
        return page;
      } catch (error) {
        // One popup closes when another window takes the focus, and the next may be on its way.
        if (browser.targets().includes(target)) throw error;
      }
    }
  }

  async function closePopups(): Promise<void> {
    await waitUntil(async () => {
      // One that opens by itself meanwhile is closed too.
      const open = browser.targets().filter(isPopup);
      for (const target of open) {
        // It may be closing by itself at this moment.
        await target.asPage().then((page) => page.evaluate(() => globalThis.close())).catch(() => {});
      }
      return open.length === 0;
    }, "the popup closes");
  }

  return {
    browser,
    extension,
    popup,
    closePopups,
    async openPopup(page) {
      await closePopups();
      await page.bringToFront();
      await page.triggerExtensionAction(extension);
      return await popup();
    },
    async authWindow(prefix) {
      const target = await browser.waitForTarget((target) => target.url().startsWith(prefix), {
        timeout: 10_000,
      });
      return await target.asPage();
    },
    authWindows: (prefix) => browser.targets().filter((target) => target.url().startsWith(prefix)),
    async worker() {
      const isWorker = (target: Target) => target.type() === "service_worker" && target.url().includes(id);
      const deadline = performance.now() + 5000;
      while (true) {
        const worker = await (await browser.waitForTarget(isWorker, { timeout: 5000 })).worker();
        if (worker === null) throw new Error("The extension's worker has no console");
        // One that is being stopped is listed until it is gone.
        if (await worker.evaluate(() => true).catch(() => false)) return worker;
        if (performance.now() > deadline) throw new Error("The extension's worker does not start");
        await delay(50);
      }
    },
    async unwatched(act) {
      isWatching = false;
      try {
        return await act();
      } finally {
        isWatching = true;
      }
    },
    [Symbol.asyncDispose]: () => browser.close(),
  };
}

/** What the tests of the popup share: one Chromium with the extension, a fake server, and the storage as a test wants it. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { Page } from "puppeteer-core";
import type { ConnectionStatus } from "#shared/connection_status.ts";
import { buildExtension } from "../support/build_extension.ts";
import { type Chromium, launchChromium } from "../support/chromium.ts";
import { type FakeRelatch, startFakeRelatch } from "../support/fake_relatch.ts";
import { checkPage } from "../support/page_check.ts";
import { freePort } from "../support/server_process.ts";
import { waitUntil } from "../support/wait_until.ts";
import { signedInStorage } from "./signed_in_storage.ts";

/** In every state the same, so that nothing jumps. */
const POPUP_HEIGHT = 480;

export interface PopupStage extends AsyncDisposable {
  readonly chromium: Chromium;
  readonly port: number;
  /** A page of a location. */
  readonly page: Page;
  /** A fake server, an empty extension, and the page of a location in front. */
  start(): Promise<FakeRelatch>;
  /** Closes the popup and replaces everything that the extension has stored. */
  store(local: unknown, session?: unknown): Promise<void>;
  /** What the extension keeps of a session, and of a status that it saw seven minutes ago. */
  signedIn(known?: ConnectionStatus): Record<string, unknown>;
  stored(): Promise<string>;
  /** Clicks the icon and waits until the popup shows `view`. */
  openPopup(view: string): Promise<Page>;
  /** Clicks Connect for an attempt that opens no window, so that the popup stays, and waits until it has failed. */
  failToConnect(): Promise<Page>;
  /** Clicks Connect and waits for the window, which closes the popup. */
  openAuthWindow(fake: FakeRelatch): Promise<Page>;
  /** Waits until the background has told its sign-in window from the others. */
  windowIsKnown(): Promise<void>;
  authWindowsAre(fake: FakeRelatch, count: number): Promise<void>;
}

/** `name` tells the built extensions of several files apart. */
export async function openPopupStage(name: string): Promise<PopupStage> {
  const port = freePort();
  const out = fileURLToPath(new URL(`../../dist/${name}`, import.meta.url));
  const extensionPath = await buildExtension({ server: `http://localhost:${port}`, out });
  const chromium = await launchChromium({ extensionPath, headless: true });
  const page = await chromium.browser.newPage();

  /** A page of the extension without any code of ours: unlike the worker it is there all the time. */
  const backstage = await chromium.browser.newPage();
  await backstage.goto(`chrome-extension://${chromium.extension.id}/manifest.json`);
  await page.bringToFront();

  async function store(local: unknown, session: unknown = {}): Promise<void> {
    await chromium.closePopups();
    const values = JSON.stringify([local, session]);
    await backstage.evaluate(`(async ([local, session]) => {
      await chrome.storage.local.clear();
      await chrome.storage.session.clear();
      await chrome.storage.local.set(local);
      await chrome.storage.session.set(session);
    })(${values})`);
  }

  async function openPopup(view: string): Promise<Page> {
    const popup = await chromium.openPopup(page);
    await popup.waitForSelector(`[data-view="${view}"]`, { timeout: 8000 });
    return popup;
  }

  async function windowIsKnown(): Promise<void> {
    const windowId = "chrome.storage.session.get().then(({ attempt }) => attempt?.windowId)";
    await waitUntil(
      async () => typeof await backstage.evaluate(windowId) === "number",
      "the background knows its window",
    );
  }

  return {
    chromium,
    port,
    page,
    async start() {
      const fake = await startFakeRelatch(port);
      await store({});
      await page.goto(fake.locationPage);
      return fake;
    },
    store,
    signedIn: (known) => signedInStorage(port, known),
    async stored() {
      const all = "Promise.all([chrome.storage.local.get(), chrome.storage.session.get()])";
      return String(await backstage.evaluate(`${all}.then(JSON.stringify)`));
    },
    openPopup,
    async failToConnect() {
      const popup = await openPopup("not_connected");
      await popup.click("[data-action=connect]");
      await popup.waitForSelector('[data-view="sign_in_failed"]', { timeout: 8000 });
      return popup;
    },
    async openAuthWindow(fake) {
      const popup = await openPopup("not_connected");
      await popup.click("[data-action=connect]");
      const window = await chromium.authWindow(`${fake.url}/connect`);
      await windowIsKnown();
      return window;
    },
    windowIsKnown,
    authWindowsAre: (fake, count) =>
      waitUntil(
        () => chromium.authWindows(`${fake.url}/connect`).length === count,
        `${count} sign-in windows are open`,
      ),
    [Symbol.asyncDispose]: () => chromium[Symbol.asyncDispose](),
  };
}

/** `checkPage()`, and what holds for the popup alone: one height, nothing to scroll, changes are announced. */
export async function checkPopup(popup: Page, name: string): Promise<void> {
  const heights = await popup.$eval("html", (html) => [html.clientHeight, html.scrollHeight]);
  assert.deepEqual(heights, [POPUP_HEIGHT, POPUP_HEIGHT], `${name} has another height`);
  const panel = await popup.$eval(".panel", ({ ariaLive, ariaAtomic }) => [ariaLive, ariaAtomic]);
  assert.deepEqual(panel, ["polite", "true"], `${name} is not announced`);
  if (await popup.$("details[open]") === null) await checkFit(popup, name);
  await checkPage(popup, name);
}

/** Nothing hides behind the buttons. */
export async function checkFit(popup: Page, name: string): Promise<void> {
  const hidden = await popup.$eval(".content", (content) => content.scrollHeight - content.clientHeight);
  assert.equal(hidden, 0, `${name} does not fit: ${hidden} pixels are out of sight`);
}

/** Every question about a location so far. */
export function statusCalls({ calls }: FakeRelatch): FakeRelatch["calls"] {
  return calls.filter(({ path }) => path.endsWith("/status"));
}

/** A computed style of the first element that `selector` finds, or of what `::before` adds to it. */
export async function styleOf(page: Page, selector: string, property: string): Promise<string> {
  const [found = "", pseudo] = selector.split("::");
  const [element, part, name] = [found, pseudo === undefined ? null : `::${pseudo}`, property]
    .map((value) => JSON.stringify(value));
  return String(
    await page.evaluate(
      `getComputedStyle(document.querySelector(${element}), ${part}).getPropertyValue(${name})`,
    ),
  );
}

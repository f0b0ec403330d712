/** Where the pictures are taken: Chromium with the extension, signed in at a server with an address as people have it. */
import { fileURLToPath } from "node:url";
import type { Page } from "puppeteer-core";
import { buildExtension } from "../support/build_extension.ts";
import { type Chromium, launchChromium } from "../support/chromium.ts";
import { FAKE_TOKEN, type FakeRelatch, hoursFromNow, startFakeRelatch } from "../support/fake_relatch.ts";
import { freePort } from "../support/server_process.ts";

const SERVER = "https://relatch.example.com";
const FOLDER = fileURLToPath(new URL("../../dist/pictures-extension", import.meta.url));

export interface PictureStage extends AsyncDisposable {
  readonly chromium: Chromium;
  readonly fake: FakeRelatch;
  readonly page: Page;
}

export async function openPictureStage(): Promise<PictureStage> {
  const extensionPath = await buildExtension({ server: SERVER, out: FOLDER });
  const fake = await startFakeRelatch(freePort());
  const chromium = await launchChromium({ extensionPath, headless: true });
  await leadToFake(chromium, fake);
  const page = await chromium.browser.newPage();
  await page.goto(`chrome-extension://${chromium.extension.id}/manifest.json`);
  const session = { id: "s1", server: SERVER, token: FAKE_TOKEN, expiresAt: hoursFromNow(1000) };
  await page.evaluate(`chrome.storage.local.set(${JSON.stringify({ session })})`);
  return {
    chromium,
    fake,
    page,
    async [Symbol.asyncDispose]() {
      await chromium[Symbol.asyncDispose]();
      await fake[Symbol.asyncDispose]();
    },
  };
}

/** The fake server answers what any page or worker asks of {@linkcode SERVER}. Nothing of it leaves this machine. */
async function leadToFake({ browser }: Chromium, fake: FakeRelatch): Promise<void> {
  const devtools = await browser.target().createCDPSession();
  devtools.on("Fetch.requestPaused", async ({ requestId, request: { url, method, headers } }) => {
    const response = await fetch(url.replace(SERVER, fake.url), { method, headers });
    const answer = {
      requestId,
      responseCode: response.status,
      responseHeaders: [...response.headers].map(([name, value]) => ({ name, value })),
      body: new Uint8Array(await response.arrayBuffer()).toBase64(),
    };
    // Whoever asked may be closed by now.
    await devtools.send("Fetch.fulfillRequest", answer).catch(() => {});
  });
  await devtools.send("Fetch.enable", { patterns: [{ urlPattern: `${SERVER}/*` }] });
}

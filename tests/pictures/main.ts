/**
 * `deno task pictures`: what Chromium shows of the built extension, as the stores' pictures (1280 × 800) in `dist/pictures`
 * and as the README's in `extension/screenshots`. HighLevel is the simulator; the states come from a server that a picture
 * can tell what to say.
 */
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import type { Page } from "puppeteer-core";
import { startSimulatorProcess } from "../support/simulator_process.ts";
import { compose } from "./compose.ts";
import { LOCATION_ID, setScene } from "./scene.ts";
import { openPictureStage, type PictureStage } from "./stage.ts";

const STORE_PICTURES = fileURLToPath(new URL("../../dist/pictures/", import.meta.url));
const README_PICTURES = fileURLToPath(new URL("../../extension/screenshots/", import.meta.url));
const SIZE = { width: 1280, height: 800 } as const;
/** Of the README: the upper part, where something is. */
const UPPER = { x: 0, y: 0, width: 1280, height: 640 } as const;

await Deno.mkdir(STORE_PICTURES, { recursive: true });
await using simulator = await startSimulatorProcess([]);
await using stage = await openPictureStage();
const { fake } = stage;
setScene(fake);
await stage.page.setViewport(SIZE);
await stage.page.goto(`${simulator.url}/v2/location/${LOCATION_ID}/dashboard`);

await takePopup(stage, { name: "1-connected", scheme: "light", readme: "popup.png" });
const { connection } = fake;
fake.connection = fake.connections.find(({ state }) => state === "reconnect_required") ?? connection;
fake.connection = { ...fake.connection, locationId: LOCATION_ID, locationName: connection.locationName };
await takePopup(stage, { name: "2-reconnect", scheme: "dark" });
fake.connection = connection;
await takePage(stage, {
  name: "3-connections",
  address: "connections.html",
  open: "#connection-2",
  readme: "connections.png",
});
await takePage(stage, { name: "4-options", address: "options.html" });

type PopupPicture = { name: string; scheme: "light" | "dark"; readme?: string };

/** The popup as it is, on the page on which it was opened. */
async function takePopup(stage: PictureStage, { name, scheme, readme }: PopupPicture): Promise<void> {
  const popup = await stage.chromium.openPopup(stage.page);
  await popup.waitForSelector(`[data-view="${fake.connection.state}"]`);
  const media = [{ name: "prefers-color-scheme", value: scheme }];
  await popup.emulateMediaFeatures(media);
  const popupImage = await popup.screenshot({ encoding: "base64" });
  await stage.chromium.closePopups();
  await stage.page.emulateMediaFeatures(media);
  const pageImage = await stage.page.screenshot({ encoding: "base64" });
  const page = await stage.chromium.browser.newPage();
  await page.setViewport(SIZE);
  await page.setContent(compose({ pageImage, popupImage }));
  await save(page, { name, ...(readme === undefined ? {} : { readme }) });
}

type PagePicture = { name: string; address: string; open?: string; readme?: string };

async function takePage(
  stage: PictureStage,
  { name, address, open = "", readme }: PagePicture,
): Promise<void> {
  const page = await stage.chromium.browser.newPage();
  await page.setViewport(SIZE);
  await page.goto(`chrome-extension://${stage.chromium.extension.id}/${address}${open}`);
  await page.waitForSelector(open === "" ? "h2" : ".history li");
  await save(page, { name, ...(readme === undefined ? {} : { readme }) });
}

async function save(page: Page, { name, readme }: { name: string; readme?: string }): Promise<void> {
  await page.screenshot({ path: `${join(STORE_PICTURES, name)}.png` });
  if (readme !== undefined) {
    await page.screenshot({
      path: `${join(README_PICTURES, readme.replace(/[.]png$/, ""))}.png`,
      clip: UPPER,
    });
  }
  await page.close();
}

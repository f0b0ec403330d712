/**
 * The real thing in Chromium: the built extension, the real popup and window, simulator and server as processes. The
 * sanitizers are off: puppeteer keeps timers of its own.
 */
import { launchChromium } from "../support/chromium.ts";
import { testConnecting } from "./connect_flow.ts";
import type { ConnectStage } from "./connect_stage.ts";
import { openConnectWorld } from "./connect_world.ts";

testConnecting(openChromiumStage);

async function openChromiumStage(): Promise<ConnectStage> {
  const world = await openConnectWorld("chrome");
  const profile = `${world.folder}/profile`;
  const chromium = await launchChromium({ ...world, headless: true, userDataDirectory: profile });
  const page = await chromium.browser.newPage();
  return {
    world,
    picturePrefix: "",
    page,
    async newPage(address) {
      const tab = await chromium.browser.newPage();
      await tab.goto(address);
      return tab;
    },
    openPopup: () => chromium.openPopup(page),
    popup: chromium.popup,
    closePopups: chromium.closePopups,
    authWindow: chromium.authWindow,
    authWindowCount: (prefix) => Promise.resolve(chromium.authWindows(prefix).length),
    inBackground: async (expression) => await (await chromium.worker()).evaluate(expression),
    keepsRedirects: false,
    async historyWith() {
      // It writes down all of it before it ends.
      await chromium.browser.close();
      return new TextDecoder("latin1").decode(await Deno.readFile(`${profile}/Default/History`));
    },
    async [Symbol.asyncDispose]() {
      await chromium[Symbol.asyncDispose]();
      await world[Symbol.asyncDispose]();
    },
  };
}

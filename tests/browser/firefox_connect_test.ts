/**
 * The real thing in Firefox: the built extension, the real popup and window, simulator and server as processes. The
 * sanitizers are off: the connection to Firefox lives through all tests.
 */
import { launchFirefox } from "../support/firefox.ts";
import { waitUntil } from "../support/wait_until.ts";
import { testConnecting } from "./connect_flow.ts";
import type { ConnectStage } from "./connect_stage.ts";
import { openConnectWorld } from "./connect_world.ts";

testConnecting(openFirefoxStage);

async function openFirefoxStage(): Promise<ConnectStage> {
  const world = await openConnectWorld("firefox");
  const firefox = await launchFirefox(world);
  const page = await firefox.newPage(`${world.simulator.url}/`);
  return {
    world,
    picturePrefix: "firefox-",
    page,
    newPage: firefox.newPage,
    openPopup: () => firefox.openPopup(page),
    popup: firefox.popup,
    closePopups: firefox.closePopups,
    authWindow: firefox.authWindow,
    authWindowCount: async (prefix) => (await firefox.authWindows(prefix)).length,
    inBackground: async (expression) => await (await firefox.background()).evaluate(expression),
    keepsRedirects: true,
    async historyWith(address) {
      let history = "";
      await waitUntil(async () => {
        const names = ["places.sqlite", "places.sqlite-wal"];
        const files = await Promise.all(names.map((name) => Deno.readFile(`${firefox.profilePath}/${name}`)));
        history = files.map((bytes) => new TextDecoder("latin1").decode(bytes)).join("");
        return history.includes(address);
      }, "the history is written");
      return history;
    },
    async [Symbol.asyncDispose]() {
      await firefox[Symbol.asyncDispose]();
      await world[Symbol.asyncDispose]();
    },
  };
}

/**
 * The real thing: Chromium with the built extension, the real popup and window, simulator and server as processes. The
 * sanitizers are off: puppeteer keeps timers of its own.
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { Page } from "puppeteer-core";
import * as v from "valibot";
import {
  DEFAULT_CLIENT_ID,
  DEFAULT_CLIENT_SECRET,
  DEFAULT_LOCATIONS,
} from "../simulator/default_settings.ts";
import { buildExtension } from "../support/build_extension.ts";
import { type Chromium, launchChromium } from "../support/chromium.ts";
import { checkPage, textOf } from "../support/page_check.ts";
import { makeReachableFolder, type ReachableFolder } from "../support/reachable_folder.ts";
import { freePort, type ServerProcess, startServer } from "../support/server_process.ts";
import { type SimulatorProcess, startSimulatorProcess } from "../support/simulator_process.ts";
import { waitUntil } from "../support/wait_until.ts";

const EXTENSION_FOLDER = fileURLToPath(new URL("../../dist/test-connect", import.meta.url));
const LOCATION_ID = DEFAULT_LOCATIONS[0]?.id ?? "";
const OTHER_LOCATION_ID = DEFAULT_LOCATIONS[1]?.id ?? "";
const ALLOW = "button[type=submit]::-p-text(Allow & Install)";

let folder: ReachableFolder;
let simulator: SimulatorProcess;
let server: ServerProcess;
let extensionPath: string;

Deno.test.beforeAll(async () => {
  const port = freePort();
  folder = await makeReachableFolder();
  simulator = await startSimulatorProcess([`http://localhost:${port}/oauth/callback`]);
  const settings = { DATA_DIR: `${folder.path}/data`, LOG_LEVEL: "debug" };
  server = await startServer({ port, highlevelUrl: simulator.url, settings });
  extensionPath = await buildExtension({ server: server.url, out: EXTENSION_FOLDER });
});
Deno.test.afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await simulator[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

async function launch(userDataDirectory?: string): Promise<{ chromium: Chromium; page: Page }> {
  const options = userDataDirectory === undefined ? {} : { userDataDirectory };
  const chromium = await launchChromium({ extensionPath, headless: true, ...options });
  const page = await chromium.browser.newPage();
  await page.goto(`${simulator.url}/v2/location/${LOCATION_ID}/dashboard`);
  return { chromium, page };
}

/** Clicks Connect and returns HighLevel's page in the window that opens. */
async function clickConnect(chromium: Chromium, page: Page): Promise<Page> {
  const popup = await chromium.openPopup(page);
  await popup.waitForSelector('[data-view="not_connected"]');
  await popup.click("[data-action=connect]");
  const window = await chromium.authWindow(`${simulator.url}/v2/oauth/chooselocation`);
  await window.waitForSelector(ALLOW);
  return window;
}

/** The window may be gone before the click is acknowledged. */
async function clickAway(window: Page, selector: string): Promise<void> {
  await window.click(selector).catch(() => {});
}

async function storedIn(chromium: Chromium): Promise<string> {
  const worker = await chromium.worker();
  return await worker.evaluate(
    "Promise.all([chrome.storage.local.get(), chrome.storage.session.get()]).then(JSON.stringify)",
  ) as string;
}

Deno.test("three clicks connect a location, and the popup comes back and says Connected", async () => {
  const { chromium, page } = await launch();
  await using _ = chromium;
  const window = await clickConnect(chromium, page);
  await chromium.closePopups();
  await clickAway(window, ALLOW);
  const popup = await chromium.popup();
  await popup.waitForSelector('[data-view="connected"]');
  assert.match(await textOf(popup), /Connected/);
  await checkPage(popup, "flow-connected");
  await waitUntil(() => chromium.authWindows(server.url).length === 0, "the window closes");

  const known = await storedIn(chromium);
  const issued = await simulator.secretsIssued();
  assert.ok(issued.length > 3);
  for (const secret of issued) {
    assert.ok(!known.includes(secret), "the extension holds a HighLevel secret");
  }
  assert.ok(!known.includes("codeVerifier"), "the code verifier is still there");
});

Deno.test("the next popup shows the connection at once, and asks the server in the background", async () => {
  const { chromium, page } = await launch();
  await using _ = chromium;
  const window = await clickConnect(chromium, page);
  await clickAway(window, ALLOW);
  await (await chromium.popup()).waitForSelector('[data-view="connected"]');
  const again = await chromium.openPopup(page);
  assert.equal(await again.$eval("[data-view]", (element) => element.getAttribute("data-view")), "connected");
});

Deno.test("another location of the same browser is not connected, and connects into the same session", async () => {
  const { chromium, page } = await launch();
  await using _ = chromium;
  await clickAway(await clickConnect(chromium, page), ALLOW);
  await (await chromium.popup()).waitForSelector('[data-view="connected"]');
  await page.goto(`${simulator.url}/v2/location/${OTHER_LOCATION_ID}/contacts`);
  const window = await clickConnect(chromium, page);
  await window.click(`input[value="${OTHER_LOCATION_ID}"]`);
  await clickAway(window, ALLOW);
  await (await chromium.popup()).waitForSelector('[data-view="connected"]');
  await page.goto(`${simulator.url}/v2/location/${LOCATION_ID}/dashboard`);
  await (await chromium.openPopup(page)).waitForSelector('[data-view="connected"]');
});

Deno.test("choosing another location than the one on the page says so", async () => {
  const { chromium, page } = await launch();
  await using _ = chromium;
  const window = await clickConnect(chromium, page);
  await window.click(`input[value="${OTHER_LOCATION_ID}"]`);
  await clickAway(window, ALLOW);
  const popup = await chromium.popup();
  await popup.waitForSelector(`.note ::-p-text(${OTHER_LOCATION_ID})`);
  assert.match(await textOf(popup, ".note"), /You connected .+, not the location on this page/);
});

Deno.test("closing the window ends the attempt with a next step", async () => {
  const { chromium, page } = await launch();
  await using _ = chromium;
  const window = await clickConnect(chromium, page);
  await window.close();
  const popup = await chromium.openPopup(page);
  await popup.waitForSelector('[data-view="sign_in_failed"]');
  assert.ok(await popup.$("[data-action=retry]"));
});

Deno.test("saying no on HighLevel's page comes back as a sentence and a next step", async () => {
  await simulator.control("switches", { cancel: "redirects" });
  const { chromium, page } = await launch();
  await using _ = chromium;
  const window = await clickConnect(chromium, page);
  await clickAway(window, "button::-p-text(Cancel)");
  await waitUntil(() => chromium.authWindows(simulator.url + "/v2/oauth").length === 0, "the window closes");
  const popup = await chromium.openPopup(page);
  await popup.waitForSelector('[data-view="sign_in_failed"]');
  await simulator.control("switches", { cancel: "stays" });
});

const TROUBLE: readonly [string, unknown, RegExp][] = [
  ["HighLevel down", { route: "token", kind: "bad_gateway_html" }, /HighLevel/],
  ["HighLevel's damaged answer", { route: "token", kind: "damaged_json" }, /HighLevel/],
];
for (const [what, fault, sentence] of TROUBLE) {
  Deno.test(`${what} during the exchange comes back as a sentence and a next step, and trying again works`, async () => {
    const { chromium, page } = await launch();
    await using _ = chromium;
    const window = await clickConnect(chromium, page);
    await simulator.control("faults", fault);
    await clickAway(window, ALLOW);
    await waitUntil(
      () => chromium.authWindows(simulator.url + "/v2/oauth").length === 0,
      "the window closes",
    );
    // It comes by itself: a click on the icon at the same moment would close it again.
    const popup = await chromium.popup();
    await popup.waitForSelector('[data-view="sign_in_failed"]');
    assert.match(await textOf(popup), sentence);
    await popup.click("[data-action=retry]");
    const second = await chromium.authWindow(`${simulator.url}/v2/oauth/chooselocation`);
    await second.waitForSelector(ALLOW);
    await clickAway(second, ALLOW);
    await (await chromium.popup()).waitForSelector('[data-view="connected"]');
  });
}

Deno.test("a wrong client secret says that the operator has to act", async () => {
  const { chromium, page } = await launch();
  await using _ = chromium;
  const window = await clickConnect(chromium, page);
  const pair = { clientId: DEFAULT_CLIENT_ID, clientSecret: DEFAULT_CLIENT_SECRET };
  await simulator.control("secrets", { ...pair, action: "replace", clientSecret: crypto.randomUUID() });
  await clickAway(window, ALLOW);
  await waitUntil(() => chromium.authWindows(simulator.url + "/v2/oauth").length === 0, "the window closes");
  const popup = await chromium.popup();
  await popup.waitForSelector('[data-view="sign_in_failed"]');
  assert.match(await textOf(popup), /Tell whoever runs/);
  await simulator.control("secrets", { ...pair, action: "replace" });
});

Deno.test("a link to /connect opened in an ordinary tab connects nothing there", async () => {
  const { chromium } = await launch();
  await using _ = chromium;
  const tab = await chromium.browser.newPage();
  await tab.goto(`${server.url}/connect?redirect_uri=https%3A%2F%2Fattacker.example%2F&state=12345678`);
  assert.match(await textOf(tab), /not known here/);
  await checkPage(tab, "page-redirect_not_allowed");
  assert.equal(await tab.evaluate(() => location.search), "", "the page forgets its address");
  await tab.goto(`${server.url}/oauth/callback?code=0123456789abcdef&state=foreign`);
  assert.match(await textOf(tab), /not known here/);
  await checkPage(tab, "page-attempt_unknown");
  const code = v.parse(v.object({ code: v.string() }), await simulator.control("codes", {}));
  await tab.goto(`${server.url}/oauth/callback?code=${code.code}`);
  assert.match(await textOf(tab), /installed/);
  await checkPage(tab, "page-installed");
  assert.equal(await tab.evaluate(() => location.search), "");
});

Deno.test("after the flow neither the browser's history nor the server's log holds a credential", async () => {
  await using profile = await makeReachableFolder();
  let sessionToken = "";
  {
    const { chromium, page } = await launch(profile.path);
    await using _ = chromium;
    const window = await clickConnect(chromium, page);
    await clickAway(window, ALLOW);
    await (await chromium.popup()).waitForSelector('[data-view="connected"]');
    sessionToken = /"token":"([\w-]{43})"/.exec(await storedIn(chromium))?.[1] ?? "";
    assert.notEqual(sessionToken, "");
  }
  const history = new TextDecoder("latin1").decode(await Deno.readFile(`${profile.path}/Default/History`));
  assert.ok(history.includes(`/v2/location/${LOCATION_ID}/dashboard`), "the history was read");
  assert.ok(!history.includes("chromiumapp.org"), "the extension's redirect URL is in the history");
  const issued = await simulator.secretsIssued();
  const log = server.lines.join("\n");
  for (const secret of [...issued, sessionToken]) {
    assert.ok(!history.includes(secret), "a secret is in the history");
    assert.ok(!log.includes(secret), "a secret is in the log");
  }
});

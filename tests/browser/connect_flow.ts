/** The tests of connecting, for every browser: the real popup and window, simulator and server as processes. */
import assert from "node:assert/strict";
import * as v from "valibot";
import {
  DEFAULT_CLIENT_ID,
  DEFAULT_CLIENT_SECRET,
  DEFAULT_LOCATIONS,
} from "../simulator/default_settings.ts";
import { checkPage, textOf } from "../support/page_check.ts";
import type { ShownPage } from "../support/shown_page.ts";
import { waitUntil } from "../support/wait_until.ts";
import type { ConnectStage } from "./connect_stage.ts";

const LOCATION_ID = DEFAULT_LOCATIONS[0]?.id ?? "";
const OTHER_LOCATION_ID = DEFAULT_LOCATIONS[1]?.id ?? "";
const ALLOW = "form:not([id]) button.primary";
const CANCEL = "button[form=cancel]";
/** With the grant code in it. */
const WAY_BACK = /\.(?:chromiumapp|extensions\.allizom)\.org\/\?/;
/** HighLevel's codes as they come to the callback: of no use without the client secret. */
const CALLBACK_CODES = /\/oauth\/callback\?code=[0-9a-f]{40}/g;

const Truth = v.object({ locations: v.array(v.object({ locationId: v.string(), direct: v.boolean() })) });

/** Registers them. `open` starts the browser, once for all of them. */
export function testConnecting(open: () => Promise<ConnectStage>): void {
  let stage: ConnectStage;
  /** Typed into the address bar, so to speak, where a browser remembers them. */
  const typedCodes: string[] = [];
  Deno.test.beforeAll(async () => {
    stage = await open();
  });
  Deno.test.afterAll(async () => await stage[Symbol.asyncDispose]());

  const highlevelPage = (path: string): string => `${stage.world.simulator.url}/v2/${path}`;
  const locationPage = (id: string): string => highlevelPage(`location/${id}/dashboard`);

  /** An extension that knows nothing, and a location in front. */
  async function begin(): Promise<void> {
    await stage.closePopups();
    await stage.inBackground("Promise.all([chrome.storage.local.clear(), chrome.storage.session.clear()])");
    await stage.page.goto(locationPage(LOCATION_ID));
  }

  /** Clicks Connect and returns HighLevel's page in the window that opens. */
  async function clickConnect(): Promise<ShownPage> {
    const popup = await stage.openPopup();
    await popup.waitForSelector('[data-view="not_connected"]');
    await popup.click("[data-action=connect]");
    return await consentWindow();
  }

  async function consentWindow(): Promise<ShownPage> {
    const window = await stage.authWindow(highlevelPage("oauth/chooselocation"));
    await window.waitForSelector(ALLOW);
    // A new window in front closes them; without a screen Firefox has none in front.
    await stage.closePopups();
    return window;
  }

  /** The window may be gone before the click is acknowledged. */
  async function clickAway(window: ShownPage, selector: string): Promise<void> {
    await window.click(selector).catch(() => {});
  }

  async function popupShows(view: string): Promise<ShownPage> {
    const popup = await stage.popup();
    await popup.waitForSelector(`[data-view="${view}"]`);
    return popup;
  }

  async function windowCloses(): Promise<void> {
    const prefix = highlevelPage("oauth");
    await waitUntil(async () => await stage.authWindowCount(prefix) === 0, "the window closes");
  }

  async function stored(): Promise<string> {
    const all = "Promise.all([chrome.storage.local.get(), chrome.storage.session.get()])";
    return String(await stage.inBackground(`${all}.then(JSON.stringify)`));
  }

  async function isInstalled(): Promise<boolean> {
    const { locations } = v.parse(Truth, await stage.world.simulator.control("truth"));
    return locations.some(({ locationId, direct }) => locationId === LOCATION_ID && direct);
  }

  Deno.test("three clicks connect a location, and the popup comes back and says Connected", async () => {
    await begin();
    await clickAway(await clickConnect(), ALLOW);
    const popup = await popupShows("connected");
    assert.match(await textOf(popup), /Connected/);
    await checkPage(popup, `${stage.picturePrefix}flow-connected`);
    await waitUntil(
      async () => await stage.authWindowCount(stage.world.server.url) === 0,
      "the window closes",
    );

    const known = await stored();
    const issued = await stage.world.simulator.secretsIssued();
    assert.ok(issued.length > 3);
    for (const secret of issued) {
      assert.ok(!known.includes(secret), "the extension holds a HighLevel secret");
    }
    assert.ok(!known.includes("codeVerifier"), "the code verifier is still there");
  });

  Deno.test("the next popup shows the connection at once, and asks the server in the background", async () => {
    await begin();
    await clickAway(await clickConnect(), ALLOW);
    await popupShows("connected");
    const again = await stage.openPopup();
    assert.equal(await again.evaluate("document.querySelector('[data-view]').dataset.view"), "connected");
  });

  Deno.test("another location of the same browser is not connected, and connects into the same session", async () => {
    await begin();
    await clickAway(await clickConnect(), ALLOW);
    await popupShows("connected");
    await stage.page.goto(highlevelPage(`location/${OTHER_LOCATION_ID}/contacts`));
    const window = await clickConnect();
    await window.click(`input[value="${OTHER_LOCATION_ID}"]`);
    await clickAway(window, ALLOW);
    await popupShows("connected");
    await stage.page.goto(locationPage(LOCATION_ID));
    await (await stage.openPopup()).waitForSelector('[data-view="connected"]');
  });

  Deno.test("choosing another location than the one on the page says so", async () => {
    await begin();
    const window = await clickConnect();
    await window.click(`input[value="${OTHER_LOCATION_ID}"]`);
    await clickAway(window, ALLOW);
    const popup = await stage.popup();
    await popup.waitForSelector(".note");
    const note = await textOf(popup, ".note");
    assert.match(note, /You connected .+, not the location on this page/);
    assert.ok(note.includes(OTHER_LOCATION_ID));
  });

  Deno.test("disconnecting ends the install at HighLevel, and one can connect again", async () => {
    await begin();
    await clickAway(await clickConnect(), ALLOW);
    const popup = await popupShows("connected");
    assert.ok(await isInstalled());
    await popup.click("[data-action=disconnect]");
    await popup.waitForSelector("dialog");
    await popup.click("dialog [data-action=disconnect_now]");
    await popup.waitForSelector('[data-view="not_connected"] [data-action=connect][aria-disabled=false]');
    assert.ok(!await isInstalled());
    await popup.click("[data-action=connect]");
    await clickAway(await consentWindow(), ALLOW);
    await popupShows("connected");
    assert.ok(await isInstalled());
  });

  Deno.test("closing the window ends the attempt with a next step, and trying again works", async () => {
    await begin();
    await (await clickConnect()).close();
    const popup = await stage.openPopup();
    await popup.waitForSelector('[data-view="sign_in_failed"]');
    await popup.click("[data-action=retry]");
    await clickAway(await consentWindow(), ALLOW);
    await popupShows("connected");
  });

  Deno.test("saying no on HighLevel's page comes back as a sentence and a next step", async () => {
    await stage.world.simulator.control("switches", { cancel: "redirects" });
    await begin();
    await clickAway(await clickConnect(), CANCEL);
    await windowCloses();
    await (await stage.openPopup()).waitForSelector('[data-view="sign_in_failed"]');
    await stage.world.simulator.control("switches", { cancel: "stays" });
  });

  const TROUBLE: readonly [string, unknown, RegExp][] = [
    ["HighLevel down", { route: "token", kind: "bad_gateway_html" }, /HighLevel/],
    ["HighLevel's damaged answer", { route: "token", kind: "damaged_json" }, /HighLevel/],
  ];
  for (const [what, fault, sentence] of TROUBLE) {
    Deno.test(`${what} during the exchange comes back as a sentence and a next step, and trying again works`, async () => {
      await begin();
      const window = await clickConnect();
      await stage.world.simulator.control("faults", fault);
      await clickAway(window, ALLOW);
      await windowCloses();
      // It comes by itself: a click on the icon at the same moment would close it again.
      const popup = await popupShows("sign_in_failed");
      assert.match(await textOf(popup), sentence);
      await popup.click("[data-action=retry]");
      await clickAway(await consentWindow(), ALLOW);
      await popupShows("connected");
    });
  }

  Deno.test("a wrong client secret says that the operator has to act", async () => {
    await begin();
    const window = await clickConnect();
    const pair = { clientId: DEFAULT_CLIENT_ID, clientSecret: DEFAULT_CLIENT_SECRET };
    const { simulator } = stage.world;
    await simulator.control("secrets", { ...pair, action: "replace", clientSecret: crypto.randomUUID() });
    await clickAway(window, ALLOW);
    await windowCloses();
    assert.match(await textOf(await popupShows("sign_in_failed")), /Tell whoever runs/);
    await simulator.control("secrets", { ...pair, action: "replace" });
  });

  Deno.test("a link to /connect opened in an ordinary tab connects nothing there", async () => {
    const { server, simulator } = stage.world;
    const redirect = "redirect_uri=https%3A%2F%2Fattacker.example%2F&state=12345678";
    const tab = await stage.newPage(`${server.url}/connect?${redirect}`);
    assert.match(await textOf(tab), /not known here/);
    await checkPage(tab, `${stage.picturePrefix}page-redirect_not_allowed`);
    assert.equal(await tab.evaluate("location.search"), "", "the page forgets its address");
    await tab.goto(`${server.url}/oauth/callback?code=0123456789abcdef&state=foreign`);
    assert.match(await textOf(tab), /not known here/);
    await checkPage(tab, `${stage.picturePrefix}page-attempt_unknown`);
    const { code } = v.parse(v.object({ code: v.string() }), await simulator.control("codes", {}));
    typedCodes.push(code);
    await tab.goto(`${server.url}/oauth/callback?code=${code}`);
    assert.match(await textOf(tab), /installed/);
    await checkPage(tab, `${stage.picturePrefix}page-installed`);
    assert.equal(await tab.evaluate("location.search"), "");
    await tab.close();
  });

  // The last one: it looks back on all of them.
  Deno.test("after the flow neither the browser's history nor the server's log holds a credential", async () => {
    await begin();
    await clickAway(await clickConnect(), ALLOW);
    await popupShows("connected");
    const sessionToken = /"token":"([\w-]{43})"/.exec(await stored())?.[1] ?? "";
    assert.notEqual(sessionToken, "");
    const lastPage = locationPage(LOCATION_ID).replace("dashboard", "last-page");
    await stage.page.goto(lastPage);
    const written = await stage.historyWith(lastPage);
    assert.doesNotMatch(written, WAY_BACK, "the extension's redirect URL is in the history");
    const history = stage.keepsRedirects ? written.replaceAll(CALLBACK_CODES, "") : written;
    const { server, simulator } = stage.world;
    const log = server.lines.join("\n");
    for (const secret of [...await simulator.secretsIssued(), sessionToken]) {
      assert.ok(typedCodes.includes(secret) || !history.includes(secret), "a secret is in the history");
      assert.ok(!log.includes(secret), "a secret is in the log");
    }
  });
}

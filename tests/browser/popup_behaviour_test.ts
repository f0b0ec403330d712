/**
 * What the popup and the background do while something goes wrong around them, in a real Chromium. The sanitizers are
 * off: puppeteer keeps timers of its own.
 */
import assert from "node:assert/strict";
import type { Page } from "puppeteer-core";
import { FAKE_LOCATION_ID, type FakeRelatch, fakeStatus } from "../support/fake_relatch.ts";
import { textOf } from "../support/page_check.ts";
import { checkPopup, openPopupStage, type PopupStage, statusCalls, styleOf } from "./popup_stage.ts";
import { waitUntil } from "../support/wait_until.ts";

let stage: PopupStage;
Deno.test.beforeAll(async () => {
  stage = await openPopupStage("test-behaviour");
});
Deno.test.afterAll(async () => await stage[Symbol.asyncDispose]());

/** A window that the page opens, as pages do for a chat or a document. */
async function openWindowOfPage(name: string): Promise<() => boolean> {
  await stage.page.evaluate(`void open("about:blank#${name}", "${name}", "popup,width=300,height=300")`);
  const isOpen = (): boolean =>
    stage.chromium.browser.targets().some((target) => target.url().endsWith(`#${name}`));
  await waitUntil(isOpen, "the page's window opens");
  return isOpen;
}

Deno.test("cancelling before the window appears closes no window of a page, but closes ours when it comes", async () => {
  await using fake = await stage.start();
  const slow = Promise.withResolvers<void>();
  fake.connect = "page";
  fake.connectDelay = slow.promise;
  await (await stage.openPopup("not_connected")).click("[data-action=connect]");
  const isOpen = await openWindowOfPage("mine");
  const popup = await stage.openPopup("connecting");
  assert.match(await textOf(popup, ".panel"), /Opening HighLevel…/);
  assert.equal(await popup.$("[data-action=show_window]"), null);
  await checkPopup(popup, "popup-connecting-opening");

  // Cancels and starts again: the browser refuses a second window while the first is on its way.
  await popup.click("[data-action=retry]");
  await popup.waitForSelector("[data-action=retry][aria-disabled=false]");
  slow.resolve();
  await stage.windowIsKnown();
  await stage.authWindowsAre(fake, 1);
  assert.ok(isOpen(), "the page's window was closed");
  await cancel(fake);
  assert.ok(isOpen(), "the page's window was closed");
});

Deno.test("a window that a page opens while ours is open does not keep Cancel from closing ours alone", async () => {
  await using fake = await stage.start();
  fake.connect = "page";
  await stage.openAuthWindow(fake);
  const isOpen = await openWindowOfPage("later");
  await cancel(fake);
  assert.ok(isOpen(), "the page's window was closed");
});

Deno.test("cancelling with the popup open closes the window of a worker that was stopped meanwhile", async () => {
  await using fake = await stage.start();
  fake.connect = "page";
  await stage.openAuthWindow(fake);
  const popup = await stage.openPopup("connecting");
  await (await stage.chromium.worker()).close();
  await popup.click("[data-action=cancel]");
  await popup.waitForSelector('[data-view="not_connected"]');
  await stage.authWindowsAre(fake, 0);
  await stage.openAuthWindow(fake);
  await cancel(fake);
});

Deno.test("starting again with the popup open replaces the window of a worker that was stopped meanwhile", async () => {
  await using fake = await stage.start();
  fake.connect = "page";
  await stage.openAuthWindow(fake);
  const [first] = stage.chromium.authWindows(`${fake.url}/connect`);
  const popup = await stage.openPopup("connecting");
  await (await stage.chromium.worker()).close();
  await popup.click("[data-action=retry]");
  await waitUntil(() => {
    const windows = stage.chromium.authWindows(`${fake.url}/connect`);
    return windows.length === 1 && windows[0] !== first;
  }, "one new window replaces the first");
  await cancel(fake);
});

Deno.test("an open popup notices by itself that the worker was stopped", async () => {
  await using fake = await stage.start();
  fake.connect = "page";
  await stage.openAuthWindow(fake);
  const popup = await stage.openPopup("connecting");
  await (await stage.chromium.worker()).close();
  await popup.waitForSelector('[data-view="sign_in_failed"]', { timeout: 12_000 });
  await stage.authWindowsAre(fake, 0);
});

const BAD_ANSWERS: readonly [string, () => Response | Promise<Response>, RegExp][] = [
  [
    "with a time that is none",
    () => Response.json(fakeStatus({ lastRefreshedAt: "2024-01-01T00:00:00+05" })),
    /does not answer as a Relatch server/,
  ],
  [
    "of 12 MB",
    () => Response.json(fakeStatus({ scopes: ["s".repeat(12_000_000)] })),
    /does not answer as a Relatch server/,
  ],
  ["that does not end", () => new Response(endless()), /does not answer as a Relatch server/],
];
for (const [what, status, sentence] of BAD_ANSWERS) {
  Deno.test(`an answer ${what} is told, and the next popup is not blank`, async () => {
    await using fake = await stage.start();
    await stage.store(stage.signedIn());
    fake.status = status;
    for (let times = 0; times < 2; times++) {
      const popup = await stage.openPopup("server_unreachable");
      assert.match(await textOf(popup, ".panel"), sentence);
      assert.doesNotMatch(await textOf(popup, "footer"), /Checking/);
    }
    fake.status = () => Response.json(fake.connection);
    await stage.openPopup("connected");
  });
}

Deno.test("a damaged entry among what is remembered is passed over", async () => {
  await using fake = await stage.start();
  await stage.store(stage.signedIn(fakeStatus({ lastRefreshedAt: "2024-01-01T00:00:00+05" })));
  await stage.openPopup("connected");
  assert.equal(statusCalls(fake).length, 1);
});

Deno.test("a server that takes the question and never answers counts as away within seconds", async () => {
  await using fake = await stage.start();
  await stage.store(stage.signedIn());
  const silence = Promise.withResolvers<Response>();
  fake.status = () => silence.promise;
  const popup = await stage.openPopup("server_unreachable");
  assert.match(await textOf(popup, ".panel"), /does not answer\./);
  silence.resolve(Response.json(fake.connection));
});

Deno.test("trying again asks the server once, however often one presses", async () => {
  await using fake = await stage.start();
  await stage.store(stage.signedIn());
  fake.status = () => new Response("{}", { status: 503 });
  const popup = await stage.openPopup("server_unreachable");
  const answer = Promise.withResolvers<Response>();
  const before = statusCalls(fake).length;
  fake.status = () => answer.promise;
  for (let presses = 0; presses < 3; presses++) {
    await popup.click("[data-action=retry]");
    await popup.waitForSelector("[data-action=retry][aria-disabled=true]");
  }
  answer.resolve(Response.json(fake.connection));
  await popup.waitForSelector('[data-view="connected"]');
  assert.equal(statusCalls(fake).length, before + 1);
});

Deno.test("the popup can be used by keyboard alone, and shows where the focus is", async () => {
  await using fake = await stage.start();
  fake.connect = "page";
  const popup = await stage.openPopup("not_connected");
  const reached: (string | null)[] = [];
  for (let presses = 0; presses < 2; presses++) {
    await popup.keyboard.press("Tab");
    const action = await popup.$eval(":focus", (element) => element.getAttribute("data-action"));
    assert.equal(await styleOf(popup, ":focus", "outline-style"), "solid", `focus is not seen on ${action}`);
    reached.push(action);
  }
  assert.deepEqual(reached, ["options", "connect"]);
  await popup.keyboard.press("Enter");
  await stage.authWindowsAre(fake, 1);
  const connecting = await stage.openPopup("connecting");
  await connecting.waitForSelector("[data-action=show_window]");
  await connecting.focus("[data-action=cancel]");
  await connecting.keyboard.press("Enter");
  await connecting.waitForSelector('[data-view="not_connected"]');
  // Its button is gone, and the focus must not be lost with it.
  await connecting.waitForSelector("h1:focus");
  await stage.authWindowsAre(fake, 0);
});

Deno.test("the popup turns nothing for someone who asked for less motion", async () => {
  await using fake = await stage.start();
  await stage.store(stage.signedIn());
  const silence = Promise.withResolvers<Response>();
  fake.status = () => silence.promise;
  const popup = await stage.openPopup("checking");
  const animation = (): Promise<string> => styleOf(popup, ".glyph-progress", "animation-name");
  assert.equal(await animation(), "turn");
  await popup.emulateMediaFeatures([{ name: "prefers-reduced-motion", value: "reduce" }]);
  assert.equal(await animation(), "none");
  silence.resolve(Response.json(fake.connection));
});

Deno.test("the popup tells buttons and panel apart in forced colours", async () => {
  await using _ = await stage.start();
  const failed = {
    phase: "failed",
    locationId: FAKE_LOCATION_ID,
    cause: "server_error",
    endedAt: Date.now(),
  };
  await stage.store({}, { attempt: failed });
  const popup = await stage.openPopup("sign_in_failed");
  const devtools = await popup.createCDPSession();
  await devtools.send("Emulation.setEmulatedMedia", {
    features: [{ name: "forced-colors", value: "active" }],
  });
  const ground = (selector: string): Promise<string> => styleOf(popup, selector, "background-color");
  await popup.evaluate('document.querySelector("footer").style.color = "Highlight"');
  const edge = (selector: string): Promise<string> => styleOf(popup, selector, "border-top-color");
  assert.equal(await edge(".button-primary"), await styleOf(popup, "footer", "color"));
  assert.notEqual(await edge(".button-secondary"), await edge(".button-primary"));
  assert.notEqual(await styleOf(popup, ".button-primary", "color"), await ground(".button-primary"));
  assert.equal(await styleOf(popup, ".panel", "border-top-width"), "1px");
  assert.notEqual(await styleOf(popup, ".panel", "border-top-color"), await ground("body"));
});

/** Cancels in a new popup, and waits until the sign-in window is gone. */
async function cancel(fake: FakeRelatch): Promise<void> {
  const popup: Page = await stage.openPopup("connecting");
  await popup.waitForSelector("[data-action=show_window]");
  await popup.click("[data-action=cancel]");
  await popup.waitForSelector('[data-view="not_connected"]');
  await stage.authWindowsAre(fake, 0);
}

/** Spaces, faster than the deadline of a call. */
function endless(): ReadableStream<Uint8Array> {
  const chunk = new Uint8Array(64 * 1024).fill(32);
  return new ReadableStream({ pull: (stream) => stream.enqueue(chunk) });
}

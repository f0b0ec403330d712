/** The options page in a real Chromium. The sanitizers are off: puppeteer keeps timers of its own. */
import assert from "node:assert/strict";
import { FAKE_TOKEN } from "../support/fake_relatch.ts";
import { checkPage } from "../support/page_check.ts";
import { freePort } from "../support/server_process.ts";
import { openPopupStage, type PopupStage } from "./popup_stage.ts";
import { waitUntil } from "../support/wait_until.ts";

let stage: PopupStage;
Deno.test.beforeAll(async () => {
  stage = await openPopupStage("test-options");
});
Deno.test.afterAll(async () => await stage[Symbol.asyncDispose]());

Deno.test("the options page checks an address before it is saved", async () => {
  await using fake = await stage.start();
  await stage.store(stage.signedIn(fake.connection));
  await using options = await openOptions();
  await checkPage(options.page, "options-signed_in");
  await options.save("http://example.com");
  await checkPage(options.page, "options-address_refused");
  assert.equal(await options.storedServer(), undefined);
  await options.save(`http://localhost:${freePort()}`);
  await options.page.waitForSelector("[data-action=save_anyway]");
  await checkPage(options.page, "options-unreachable");
  assert.equal(await options.storedServer(), undefined);
});

Deno.test("the options page signs out at the server and forgets the session", async () => {
  await using fake = await stage.start();
  await stage.store(stage.signedIn(fake.connection));
  await using options = await openOptions();
  await options.page.click("[data-action=sign_out]");
  await waitUntil(async () => await options.page.$("[data-action=sign_out]") === null, "signed out");
  await checkPage(options.page, "options-signed_out");
  assert.deepEqual(fake.calls, [
    { method: "DELETE", path: "/api/sessions/current", authorization: `Bearer ${FAKE_TOKEN}` },
  ]);
  assert.ok(!(await stage.stored()).includes(FAKE_TOKEN));
});

Deno.test("the options page asks a server once, however often one presses Save", async () => {
  await using fake = await stage.start();
  const answer = Promise.withResolvers<Response>();
  let calls = 0;
  fake.health = () => {
    calls += 1;
    return answer.promise;
  };
  await using options = await openOptions();
  await options.page.click("[data-action=save]");
  await waitUntil(() => calls === 1, "the server is asked");
  await options.page.click("[data-action=save]");
  await options.page.keyboard.press("Enter");
  answer.resolve(Response.json({ status: "ok" }));
  await options.page.waitForSelector(".outcome-saved");
  assert.equal(calls, 1);
});

async function openOptions() {
  const page = await stage.chromium.browser.newPage();
  await page.setViewport({ width: 900, height: 820 });
  await page.goto(`chrome-extension://${stage.chromium.extension.id}/options.html`);
  await page.waitForSelector("#server");
  return {
    page,
    async save(address: string): Promise<void> {
      await page.click("#server", { count: 3 });
      await page.type("#server", address);
      await page.click("[data-action=save]");
    },
    storedServer: async () =>
      await (await stage.chromium.worker()).evaluate(
        "chrome.storage.local.get().then(({ server }) => server)",
      ),
    [Symbol.asyncDispose]: () => page.close(),
  };
}

/** The options page in a real Chromium. The sanitizers are off: puppeteer keeps timers of its own. */
import english from "../../extension/static/_locales/en/messages.json" with { type: "json" };
import german from "../../extension/static/_locales/de/messages.json" with { type: "json" };
import { LANGUAGE_NAMES } from "../../extension/src/language_setting.ts";
import assert from "node:assert/strict";
import * as v from "valibot";
import type { Page } from "puppeteer-core";
import { FAKE_TOKEN, type FakeRelatch } from "../support/fake_relatch.ts";
import { checkPage, textOf } from "../support/page_check.ts";
import { freePort } from "../support/server_process.ts";
import { openPopupStage, type PopupStage } from "./popup_stage.ts";
import { waitUntil } from "../support/wait_until.ts";

const HIGHLEVEL = ["https://app.gohighlevel.com/*", "https://app.leadconnectorhq.com/*"];
const AGENCY = "https://app.northlight.example/*";

/** What a page of 900 pixels shows at 200 %: half of it, twice as large. WCAG 1.4.10 asks for 320. */
const ZOOMED = { width: 320, height: 1900 };

let stage: PopupStage;
Deno.test.beforeAll(async () => {
  stage = await openPopupStage("test-options");
});
Deno.test.afterAll(async () => await stage[Symbol.asyncDispose]());

Deno.test("the options page checks an address before it is saved, and loses nothing when it is wrong", async () => {
  await using fake = await startSignedIn();
  await using options = await openOptions();
  await checkPage(options.page, "options-signed_in");
  assert.match(await textOf(options.page, "#server-hint"), /signs this browser out/);
  await options.save("http://example.com");
  await checkPage(options.page, "options-address_refused");
  assert.equal(await stored("server"), undefined);
  const silent = `http://localhost:${freePort()}`;
  await options.save(silent);
  await options.page.waitForSelector("[data-action=save_anyway]");
  await checkPage(options.page, "options-unreachable");
  assert.deepEqual([await stored("server"), await valueOf(options.page, "#server")], [undefined, silent]);
  assert.ok((await stage.stored()).includes(FAKE_TOKEN));
  await options.page.click("[data-action=reset]");
  await options.page.waitForSelector(".outcome-saved");
  assert.equal(await valueOf(options.page, "#server"), fake.url);
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

Deno.test("domains are allowed one by one, taken back, and refused in words", async () => {
  await using fake = await startSignedIn();
  fake.agencyDomains = [
    { companyId: "c1", companyName: "Northlight Agency", domain: "app.northlight.example" },
    { companyId: "c2", companyName: null, domain: "portal.harbor-and-hill.example" },
  ];
  await using options = await openOptions({ granted: HIGHLEVEL.slice(0, 1) });
  const { page } = options;
  await page.waitForSelector("li:nth-child(4)");
  await checkPage(page, "options-domains_offered");
  await page.click("li:nth-child(3) button");
  await options.outcome("options_domain_allowed", "app.northlight.example");
  assert.deepEqual(await options.asked(), [{ origins: [AGENCY], inClick: true }]);
  await waitUntil(
    async () => await focused(page) === "domains-title",
    "the button is gone, and the focus is not nowhere",
  );
  await checkPage(page, "options-domain_allowed");
  assert.match(await textOf(page, "li:nth-child(3)"), /Used by Northlight Agency/);
  await page.click("[data-action=remove_domain]");
  await options.outcome("options_domain_removed", "app.northlight.example");
  await page.click("li:nth-child(2) button");
  await waitUntil(
    async () => (await page.$$("[data-action=allow_domain]")).length === 2,
    "HighLevel is allowed",
  );

  await page.type("#domain", "*.example");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#domain[aria-invalid=true]");
  await checkPage(page, "options-domain_wrong");
  await page.click("#domain", { count: 3 });
  await page.type("#domain", "https://Portal.Agency.example/v2/location/x");
  await page.evaluate("globalThis.personAllows = false");
  await page.keyboard.press("Enter");
  await options.outcome("options_refused");
  await checkPage(page, "options-domain_refused");
  assert.equal(await valueOf(page, "#domain"), "https://Portal.Agency.example/v2/location/x");
  await page.evaluate("globalThis.personAllows = true");
  await page.keyboard.press("Enter");
  await options.outcome("options_domain_allowed", "portal.agency.example");
  assert.equal(await valueOf(page, "#domain"), "");
});

Deno.test("the options page says when the server does not tell what agencies use", async () => {
  await using fake = await startSignedIn();
  fake.domains = () => new Response(null, { status: 503 });
  await using options = await openOptions();
  await waitUntil(
    async () => (await textOf(options.page)).includes(`localhost:${stage.port} cannot answer right now.`),
    "the page says so",
  );
  await checkPage(options.page, "options-domains_unknown");
});

Deno.test("notifications are switched by keyboard, and stay off when the browser refuses", async () => {
  await using _fake = await startSignedIn();
  await using options = await openOptions();
  const { page } = options;
  await page.evaluate("globalThis.personAllows = false");
  await page.focus("[data-action=notifications]");
  await page.keyboard.press("Space");
  await options.outcome("options_refused");
  await checkPage(page, "options-notifications_refused");
  await page.evaluate("globalThis.personAllows = true");
  await page.keyboard.press("Space");
  await page.waitForSelector("[aria-checked=true]");
  await checkPage(page, "options-notifications_on");
  assert.equal(await stored("notifications"), true);
  await page.keyboard.press("Enter");
  await page.waitForSelector("[aria-checked=false]");
  assert.equal(await stored("notifications"), undefined);
});

Deno.test("the chosen language shows at once, here and in another page of the options", async () => {
  await using _fake = await startSignedIn();
  await using other = await openOptions();
  await using options = await openOptions();
  await options.page.type("#domain", "half.typed");
  await options.page.select("#language", "de");
  for (const { page } of [options, other]) {
    await waitUntil(async () => await textOf(page, "h1") === german.options_title.message, "it is German");
    assert.equal(await page.evaluate("document.documentElement.lang"), "de");
    assert.equal(await page.title(), german.options_title.message);
  }
  assert.equal(await valueOf(options.page, "#domain"), "half.typed");
  await checkPage(options.page, "options-german");
  await options.page.reload();
  await options.page.waitForSelector("#server");
  assert.equal(await textOf(options.page, "h1"), german.options_title.message);
  await options.page.select("#language", "");
  await waitUntil(
    async () => await textOf(options.page, "h1") === english.options_title.message,
    "it is English",
  );
  assert.equal(await stored("language"), undefined);
});

Deno.test("the options page cuts nothing off at 200 % in any language", async () => {
  await using fake = await startSignedIn();
  fake.agencyDomains = [{
    companyId: "c1",
    companyName: "Northlight Agency for Dentists and Orthodontists",
    domain: `${"a-very-long-name-".repeat(3)}agency.example`,
  }];
  await using options = await openOptions();
  const { page } = options;
  await page.setViewport(ZOOMED);
  await page.waitForSelector("li:nth-child(3)");
  for (const language of Object.keys(LANGUAGE_NAMES)) {
    await page.select("#language", language);
    await waitUntil(
      async () => await page.evaluate("document.documentElement.lang") === language.replace("_", "-"),
      "the language changes",
    );
    const cut = `[...document.querySelectorAll("body *")].filter((element) =>
      element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 0 && element.id !== "server"
    ).map((element) => element.outerHTML)`;
    assert.deepEqual(await page.evaluate(cut), [], language);
    await checkPage(page, `options-zoomed_${language}`);
  }
  await page.click("[data-action=sign_out_everywhere]");
  await checkPage(page, "options-zoomed_question");
});

Deno.test("the options page signs out at the server and forgets the session", async () => {
  await using fake = await startSignedIn();
  await using options = await openOptions();
  await options.page.click("[data-action=sign_out]");
  await waitUntil(async () => await options.page.$("[data-action=sign_out]") === null, "signed out");
  await waitUntil(async () => await focused(options.page) === "session-title", "the focus is not nowhere");
  await checkPage(options.page, "options-signed_out");
  assert.doesNotMatch(await textOf(options.page, "#server-hint"), /signs this browser out/);
  assert.deepEqual(deletionsIn(fake), ["/api/sessions/current"]);
  assert.ok(!(await stage.stored()).includes(FAKE_TOKEN));
});

Deno.test("signing out everywhere is asked about, and leaves everything alone until the server has done it", async () => {
  await using fake = await startSignedIn();
  await using options = await openOptions();
  const { page } = options;
  await page.focus("[data-action=sign_out_everywhere]");
  await page.keyboard.press("Enter");
  await page.waitForSelector("dialog");
  assert.equal(await focused(page), "cancel");
  await checkPage(page, "options-everywhere_asked");
  await page.keyboard.press("Escape");
  await page.waitForSelector("dialog", { hidden: true });
  assert.equal(await focused(page), "sign_out_everywhere");
  assert.deepEqual(deletionsIn(fake), []);

  fake.signOutEverywhere = () => new Response(null, { status: 503 });
  await page.keyboard.press("Enter");
  await page.waitForSelector("dialog");
  await page.click("[data-action=confirm]");
  await page.waitForSelector("[data-action=here_only]");
  await checkPage(page, "options-everywhere_no_answer");
  assert.ok((await stage.stored()).includes(FAKE_TOKEN));
  fake.signOutEverywhere = () => new Response(null, { status: 204 });
  await page.click("[data-action=confirm]");
  await page.waitForSelector("dialog", { hidden: true });
  await waitUntil(async () => await focused(page) === "session-title", "the focus is not nowhere");
  await checkPage(page, "options-signed_out_everywhere");
  assert.deepEqual(deletionsIn(fake), ["/api/sessions", "/api/sessions"]);
  assert.ok(!(await stage.stored()).includes(FAKE_TOKEN));
});

Deno.test("everything is removed from this browser, and the page is as new", async () => {
  await using fake = await startSignedIn({ language: "de", notifications: true, told: ["x"] });
  await using options = await openOptions({ granted: [...HIGHLEVEL, AGENCY, "notifications"] });
  const { page } = options;
  await page.waitForSelector("[aria-checked=true]");
  await page.click("[data-action=forget]");
  await page.waitForSelector("dialog");
  await checkPage(page, "options-forget_asked");
  await page.click("[data-action=confirm]");
  await page.waitForSelector("dialog", { hidden: true });
  await page.waitForSelector("[aria-checked=false]");
  assert.equal(await textOf(page, "h1"), english.options_title.message);
  await options.outcome("options_forgotten");
  await checkPage(page, "options-forgotten");
  assert.deepEqual(deletionsIn(fake), ["/api/sessions/current"]);
  assert.equal(await stage.stored(), "[{},{}]");
  assert.deepEqual(await page.evaluate("[...granted]"), HIGHLEVEL);
});

async function startSignedIn(more: Record<string, unknown> = {}): Promise<FakeRelatch> {
  const fake = await stage.start();
  await stage.store({ ...stage.signedIn(fake.connection), ...more });
  return fake;
}

/** `granted`: what the browser allows. Nobody can click its own question here, so a stand-in answers it. */
async function openOptions({ granted = HIGHLEVEL }: { granted?: string[] } = {}) {
  const page = await stage.chromium.browser.newPage();
  await page.setViewport({ width: 900, height: 1440 });
  await page.evaluateOnNewDocument(`(${answerForThePerson})(${JSON.stringify(granted)})`);
  await page.goto(`chrome-extension://${stage.chromium.extension.id}/options.html`);
  await page.waitForSelector("#server", { timeout: 5000 });
  return {
    page,
    async save(address: string): Promise<void> {
      await page.click("#server", { count: 3 });
      await page.type("#server", address);
      await page.click("[data-action=save]");
    },
    asked: () => page.evaluate("asked"),
    outcome: async (key: keyof typeof english, value = ""): Promise<void> => {
      const text = english[key].message.replace("$1", value);
      const outcomes =
        `[...document.querySelectorAll("[role=status]")].map((element) => element.textContent)`;
      await waitUntil(
        async () => v.parse(v.array(v.string()), await page.evaluate(outcomes)).includes(text),
        text,
      );
    },
    [Symbol.asyncDispose]: () => page.close(),
  };
}

/** In older Chromiums what asks passes a callback, in newer ones it awaits a promise. */
const answerForThePerson = `function (initial) {
  const granted = globalThis.granted = new Set(initial);
  const asked = globalThis.asked = [];
  globalThis.personAllows = true;
  const namesIn = ({ origins = [], permissions = [] }) => [...origins, ...permissions];
  const answer = (value, done) => done === undefined ? Promise.resolve(value) : done(value);
  Object.assign(chrome.permissions, {
    getAll(done) {
      const isOrigin = (name) => name.includes("/");
      const permissions = [...granted].filter((name) => !isOrigin(name));
      return answer({ origins: [...granted].filter(isOrigin), permissions }, done);
    },
    request(wanted, done) {
      asked.push({ ...wanted, inClick: navigator.userActivation.isActive });
      if (personAllows) namesIn(wanted).forEach((name) => granted.add(name));
      return answer(personAllows, done);
    },
    remove(unwanted, done) {
      return answer(namesIn(unwanted).map((name) => granted.delete(name)).every(Boolean), done);
    },
  });
}`;

/** What the extension's own storage has under `key`. */
async function stored(key: string): Promise<unknown> {
  const worker = await stage.chromium.worker();
  return await worker.evaluate(`chrome.storage.local.get().then((all) => all[${JSON.stringify(key)}])`);
}

function deletionsIn(fake: FakeRelatch): string[] {
  const deletions = fake.calls.filter(({ method }) => method === "DELETE");
  for (const { authorization } of deletions) assert.equal(authorization, `Bearer ${FAKE_TOKEN}`);
  return deletions.map(({ path }) => path);
}

function valueOf(page: Page, selector: string): Promise<unknown> {
  return page.evaluate(`document.querySelector(${JSON.stringify(selector)}).value`);
}

/** The id or the action of what has the focus. */
function focused(page: Page): Promise<unknown> {
  return page.evaluate("document.activeElement.id || document.activeElement.dataset.action");
}

/** The options page in a real Firefox, where what the browser allows is asked for in the click, and nowhere else. */
import { fileURLToPath } from "node:url";
import german from "../../extension/static/_locales/de/messages.json" with { type: "json" };
import { buildExtension } from "../support/build_extension.ts";
import { launchFirefox } from "../support/firefox.ts";
import { checkPage, textOf } from "../support/page_check.ts";
import { waitUntil } from "../support/wait_until.ts";

/** Firefox says yes by itself, as a person would in its question; it still refuses to be asked outside of a click. */
const SAY_YES = `Services.prefs.setBoolPref("extensions.webextOptionalPermissionPrompts", false);`;

const TYPE = `
  const context = BrowsingContext.getCurrentTopByBrowserId(arguments[0]);
  const actor = context.currentWindowGlobal.getActor("MarionetteCommands");
  const input = await actor.findElement("css selector", arguments[1], { all: false });
  await actor.sendKeysToElement(input, arguments[2], { toJSON: () => ({ "moz:webdriverClick": true }) });
`;
const ENTER = "\uE007";

Deno.test("Firefox allows domains and notifications from the options page, by mouse and by keyboard", async () => {
  const out = fileURLToPath(new URL("../../dist/test-options-firefox", import.meta.url));
  const extensionPath = await buildExtension({ server: "http://localhost:9", out, browser: "firefox" });
  await using firefox = await launchFirefox({ extensionPath });
  await firefox.marionette.runInBrowser(SAY_YES);
  const page = await firefox.newPage(`${firefox.extensionUrl}options.html`);
  await page.waitForSelector("#server");
  const allowed = () =>
    page.evaluate(
      "browser.permissions.getAll().then(({ origins, permissions }) => [...origins, ...permissions])",
    );
  const isAllowed = async (name: string) => {
    const all = await allowed();
    return Array.isArray(all) && all.includes(name);
  };

  // As a person can take it away in Firefox's own list of add-ons.
  await page.evaluate(`browser.permissions.remove({ origins: ["https://app.gohighlevel.com/*"] })`);
  await page.waitForSelector("li:nth-child(1) [data-action=allow_domain]");
  await checkPage(page, "options-firefox");
  await page.click("li:nth-child(1) [data-action=allow_domain]");
  await waitUntil(() => isAllowed("https://app.gohighlevel.com/*"), "HighLevel is allowed");
  await firefox.marionette.runInBrowser(TYPE, [page.browserId, "#domain", `app.northlight.example${ENTER}`]);
  await waitUntil(() => isAllowed("https://app.northlight.example/*"), "the typed domain is allowed");
  await page.waitForSelector("[data-action=remove_domain]");
  await page.click("[data-action=notifications]");
  await waitUntil(() => isAllowed("notifications"), "notifications are allowed");
  await page.waitForSelector("[aria-checked=true]");
  await checkPage(page, "options-firefox_allowed");
  await page.click("[data-action=notifications]");
  await waitUntil(async () => !await isAllowed("notifications"), "notifications are given back");
  await page.click("[data-action=remove_domain]");
  await waitUntil(
    async () => !await isAllowed("https://app.northlight.example/*"),
    "the domain is given back",
  );

  await page.evaluate(`browser.storage.local.set({ language: "de" })`);
  await waitUntil(async () => await textOf(page, "h1") === german.options_title.message, "it is German");
  await page.click("[data-action=forget]");
  await page.waitForSelector("dialog");
  await checkPage(page, "options-firefox_forget_asked");
});

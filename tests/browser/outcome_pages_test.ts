/**
 * Every page that the server can show in a browser window, in Chromium: both colour schemes, a narrow window, large type,
 * and names that nobody would expect. The sanitizers are off: puppeteer keeps timers of its own.
 */
import assert from "node:assert/strict";
import { Hono } from "hono";
import puppeteer, { type Browser } from "puppeteer-core";
import type { InstalledSummary } from "../../server/connections/install_from_marketplace.ts";
import type { AppEnv } from "../../server/http/context.ts";
import { requestId } from "../../server/http/request_id.ts";
import { pageHeaders } from "../../server/http/security_headers.ts";
import type { Outcome, PlainOutcome } from "../../server/pages/outcome.ts";
import { outcomePage } from "../../server/pages/outcome_page.tsx";
import { requireChromium } from "../support/chromium.ts";
import { checkPage } from "../support/page_check.ts";

const LOCATION: InstalledSummary = {
  kind: "location",
  name: "Harbor Dental Studio",
  id: "ve9EPM428h8vShlRW1KT",
  locations: null,
};
const AGENCY: InstalledSummary = {
  kind: "company",
  name: "Northlight Agency",
  id: "Kx4vQ9tZpW2mB7nLdR1s",
  locations: 10_000,
};

const PAGES: Readonly<Record<PlainOutcome | `installed-${string}`, Outcome>> = {
  nothing_to_do: "nothing_to_do",
  attempt_unknown: "attempt_unknown",
  code_rejected: "code_rejected",
  location_inactive: "location_inactive",
  highlevel_unavailable: "highlevel_unavailable",
  operator_action_required: "operator_action_required",
  redirect_not_allowed: "redirect_not_allowed",
  marketplace_installs_off: "marketplace_installs_off",
  rate_limited: "rate_limited",
  server_error: "server_error",
  "installed-location": { installed: LOCATION },
  "installed-location_without_name": { installed: { ...LOCATION, name: null } },
  "installed-agency": { installed: AGENCY },
  "installed-agency_being_listed": { installed: { ...AGENCY, name: null, locations: null } },
  "installed-long_name": {
    installed: { ...LOCATION, name: "The Harbor Dental Studio of Portland ".repeat(9) },
  },
  "installed-unbroken_name": { installed: { ...LOCATION, name: "W".repeat(400), id: "W".repeat(64) } },
  "installed-right_to_left": { installed: { ...AGENCY, name: "סוכנות אור הצפון (תל אביב) 7" } },
  "installed-override_characters": { installed: { ...LOCATION, name: "\u202Eoiduts latneD\u2066\u2067" } },
  "installed-stacked_marks": { installed: { ...LOCATION, name: `Z${"\u0335\u0321\u0312".repeat(60)}algo` } },
};

let server: Deno.HttpServer<Deno.NetAddr>;
let browser: Browser;

Deno.test.beforeAll(async () => {
  const app = new Hono<AppEnv>().use(requestId(), pageHeaders());
  for (const [name, outcome] of Object.entries(PAGES)) app.get(`/${name}`, (c) => outcomePage(c, outcome));
  server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, app.fetch);
  const isRoot = Deno.build.os !== "windows" && Deno.uid() === 0;
  browser = await puppeteer.launch({
    executablePath: await requireChromium(),
    pipe: true,
    defaultViewport: null,
    args: ["--disable-gpu", "--window-size=1280,900", ...(isRoot ? ["--no-sandbox"] : [])],
  });
});
Deno.test.afterAll(async () => {
  await browser.close();
  await server.shutdown();
});

const VIEWPORTS = {
  "": null,
  // WCAG 2.2, success criterion 1.4.10; a window of 640 pixels at 200 % zoom is as wide.
  "-narrow": { width: 320, height: 568, deviceScaleFactor: 2 },
} as const;

for (const name of Object.keys(PAGES)) {
  Deno.test(`the page "${name}" has no accessibility violation, and nothing is cut off in any window`, async () => {
    const page = await browser.newPage();
    const errors: unknown[] = [];
    page.on("pageerror", (error) => errors.push(error));
    page.on("console", (message) => errors.push(message.text()));
    for (const [suffix, viewport] of Object.entries(VIEWPORTS)) {
      await page.setViewport(viewport);
      await page.goto(`http://127.0.0.1:${server.addr.port}/${name}?code=secret`);
      await checkPage(page, `page-${name}${suffix}`);
    }
    assert.equal(await page.evaluate(() => location.search), "", "the page forgets its address");
    assert.deepEqual(errors, []);
    await page.close();
  });
}

/**
 * The public flow as a person meets it: HighLevel's marketplace page, Install, Relatch's page, and then the real popup.
 * Simulator and server are processes. The sanitizers are off: puppeteer keeps timers of its own.
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { Page } from "puppeteer-core";
import { createEncryptionKeyText } from "../../server/crypto/encryption_keys.ts";
import { closeDatabase, connectDatabase, type Database } from "../../server/db/connect_database.ts";
import { DEFAULT_COMPANIES, DEFAULT_LOCATIONS } from "../simulator/default_settings.ts";
import { buildExtension } from "../support/build_extension.ts";
import { type Chromium, launchChromium } from "../support/chromium.ts";
import { checkPage, textOf } from "../support/page_check.ts";
import { freePort, type ServerProcess, startServer } from "../support/server_process.ts";
import { type SimulatorProcess, startSimulatorProcess } from "../support/simulator_process.ts";
import { startTestPostgres, type TestDatabase, type TestPostgres } from "../support/test_postgres.ts";
import { waitUntil } from "../support/wait_until.ts";

const EXTENSION_FOLDER = fileURLToPath(new URL("../../dist/test-marketplace", import.meta.url));
const LOCATION_ID = DEFAULT_LOCATIONS[0]?.id ?? "";
/** Its own users never installed the app. */
const COVERED_LOCATION_ID = DEFAULT_LOCATIONS[2]?.id ?? "";
const [{ id: COMPANY_ID, name: COMPANY_NAME } = { id: "", name: "" }] = DEFAULT_COMPANIES;
const ALLOW = "button[type=submit]::-p-text(Allow & Install)";

let postgres: TestPostgres;
let testDatabase: TestDatabase;
let database: Database;
let simulator: SimulatorProcess;
let server: ServerProcess;
let extensionPath: string;

Deno.test.beforeAll(async () => {
  const port = freePort();
  postgres = await startTestPostgres();
  testDatabase = await postgres.createDatabase();
  simulator = await startSimulatorProcess([`http://localhost:${port}/oauth/callback`]);
  const settings = {
    DATABASE_URL: testDatabase.url,
    TOKEN_ENCRYPTION_KEYS: createEncryptionKeyText("k1"),
    LOG_LEVEL: "debug",
  };
  server = await startServer({ port, highlevelUrl: simulator.url, settings });
  database = connectDatabase(testDatabase.options);
  extensionPath = await buildExtension({ server: server.url, out: EXTENSION_FOLDER });
});
Deno.test.afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await simulator[Symbol.asyncDispose]();
  await closeDatabase(database);
  await postgres.stop();
});

async function launch(): Promise<{ chromium: Chromium; page: Page }> {
  const chromium = await launchChromium({ extensionPath, headless: true });
  return { chromium, page: await chromium.browser.newPage() };
}

/** Clicks Install on a marketplace page and allows what it offers, with a tick more if need be; ends on Relatch's page. */
async function installFrom(
  page: Page,
  { marketplace, tick }: { marketplace: string; tick?: string },
): Promise<void> {
  await page.goto(`${simulator.url}${marketplace}`);
  await page.click('a[aria-label^="Install"]');
  await page.waitForSelector(ALLOW);
  if (tick !== undefined) await page.click(tick);
  const [response] = await Promise.all([page.waitForNavigation(), page.click(ALLOW)]);
  assert.equal(response?.status(), 200);
  assert.equal(new URL(page.url()).origin, server.url);
  assert.equal(page.url(), `${server.url}/oauth/callback`, "the address is forgotten");
  await page.waitForSelector("[data-outcome=installed]");
}

/** Goes from the popup through HighLevel's window until the popup is back. */
async function connectFromPopup(chromium: Chromium, page: Page): Promise<Page> {
  const popup = await chromium.openPopup(page);
  await popup.waitForSelector('[data-view="not_connected"]');
  await popup.click("[data-action=connect]");
  const window = await chromium.authWindow(`${simulator.url}/v2/oauth/chooselocation`);
  await window.waitForSelector(ALLOW);
  await chromium.closePopups();
  // The window may be gone before the click is acknowledged.
  await window.click(ALLOW).catch(() => {});
  return await chromium.popup();
}

/** Every install of the location or company, with its history. */
async function installsOf(resourceId: string): Promise<string[][]> {
  const rows = await database<{ id: string }[]>`
    SELECT id FROM connections
    WHERE refresh_token IS NOT NULL AND ${resourceId} = CASE kind WHEN 'location' THEN location_id ELSE company_id END`;
  return await Promise.all(rows.map(async ({ id }) => {
    const events = await database<{ event: string; cause: string }[]>`
      SELECT event, cause FROM connection_events WHERE connection_id = ${id} ORDER BY id`;
    return events.map(({ event, cause }) => `${event} ${cause}`);
  }));
}

Deno.test("a location user goes through the marketplace page and then connects the extension to the same location", async () => {
  const { chromium, page } = await launch();
  await using _ = chromium;
  await installFrom(page, { marketplace: `/v2/location/${LOCATION_ID}/integration` });
  assert.match(await textOf(page, ".subject"), new RegExp(`^Location.*${LOCATION_ID}$`));
  assert.match(await textOf(page, ".next"), /open Relatch on a page of this location and click Connect/);
  await checkPage(page, "marketplace-installed");

  await page.reload();
  await page.waitForSelector("[data-outcome=nothing_to_do]");
  assert.deepEqual(await installsOf(LOCATION_ID), [["connected marketplace_install"]]);

  await page.goto(`${simulator.url}/v2/location/${LOCATION_ID}/dashboard`);
  const popup = await connectFromPopup(chromium, page);
  await popup.waitForSelector('[data-view="connected"]');
  assert.match(await textOf(popup), /Connected/);
  await checkPage(popup, "marketplace-connected");
  await waitUntil(() => chromium.authWindows(server.url).length === 0, "the window closes");
  assert.deepEqual(await installsOf(LOCATION_ID), [[
    "connected marketplace_install",
    "reauthorized private_flow",
  ]]);
});

Deno.test("an agency user goes through the agency's marketplace page and then connects the extension to its location", async () => {
  const { chromium, page } = await launch();
  await using _ = chromium;
  await installFrom(page, { marketplace: "/agency_marketplace", tick: "input[name=all_locations]" });
  assert.equal(
    await textOf(page, ".subject"),
    `Agency${COMPANY_NAME}${COMPANY_ID}${DEFAULT_LOCATIONS.length} locations connected`,
  );
  assert.match(
    await textOf(page, ".next"),
    /open Relatch on a page of one of its locations and click Connect/,
  );
  await checkPage(page, "marketplace-agency_installed");
  const [[installed] = []] = await installsOf(COMPANY_ID);
  assert.equal(installed, "connected marketplace_install");

  await simulator.control("switches", { installer: "agency" });
  await page.goto(`${simulator.url}/v2/location/${COVERED_LOCATION_ID}/dashboard`);
  const popup = await connectFromPopup(chromium, page);
  await popup.waitForSelector('[data-view="connected"]');
  assert.match(await textOf(popup), /through its agency/);
  await checkPage(popup, "marketplace-agency_connected");
  await simulator.control("switches", { installer: "location" });
  const histories = await installsOf(COMPANY_ID);
  assert.equal(histories.length, 1);
  assert.deepEqual(histories[0]?.slice(0, 2), ["connected marketplace_install", "reauthorized private_flow"]);
});

/** INSTALL and UPDATE over `POST /webhooks`: whenever they come, and whatever they name, the rows end the same. */
import assert from "node:assert/strict";
import { COMPANY_ID, coveredLocations, directLocations, installAgency } from "../../support/agency_stage.ts";
import {
  callsOf,
  createAgencyRelatch,
  deliver,
  live,
  locationHistory,
  logged,
  settle,
  stateOf,
} from "../../support/agency_scenes.ts";
import { passTime, storedRefreshToken } from "../../support/rotation_stage.ts";
import { testPostgresForFile } from "../../support/test_postgres.ts";
import { LOCATION_ID, type TestRelatch } from "../../support/test_relatch.ts";

Deno.test.sanitizer({ ops: true, resources: true });
const postgres = testPostgresForFile();

const all = ({ simulator }: TestRelatch): string[] => simulator.settings.locations.map(({ id }) => id).sort();

async function exchange(relatch: TestRelatch, code: string): Promise<void> {
  await (await relatch.app.request(`${relatch.config.callbackPath}?code=${code}`)).body?.cancel();
}

async function rows({ database }: TestRelatch): Promise<unknown[]> {
  return [
    ...await database`
      SELECT c.kind, c.location_id, c.company_id, c.location_name, c.refresh_token IS NOT NULL AS own, v.installed,
        c.problem_code
      FROM connections c LEFT JOIN coverages v ON v.connection_id = c.id ORDER BY c.kind, c.location_id`,
  ];
}

type Order = "before" | "after" | "never";

/** An install whose webhooks arrive before its code is exchanged, after that, or not at all. */
async function installIn(
  order: Order,
  { who, ids }: { who: "agency" | "location"; ids: "present" | "missing" },
): Promise<TestRelatch> {
  const relatch = await createAgencyRelatch(postgres);
  relatch.simulator.switches.installWebhookIds = ids;
  if (order === "never") relatch.simulator.switches.installWebhook = "never";
  const scopes = [...relatch.config.highlevel.scopes];
  const code = relatch.simulator.issueCode(
    who === "agency"
      ? { installer: "agency", locationIds: "all", scopes }
      : { locationIds: [LOCATION_ID], scopes },
  );
  if (order === "before") await settle(relatch);
  await exchange(relatch, code);
  await settle(relatch);
  await live(relatch, { seconds: 30 });
  return relatch;
}

for (const who of ["agency", "location"] as const) {
  for (const ids of ["present", "missing"] as const) {
    Deno.test(`INSTALL before the exchange, after it, or never ends in the same rows (${who}, ids ${ids})`, async () => {
      await using never = await installIn("never", { who, ids });
      await using before = await installIn("before", { who, ids });
      await using after = await installIn("after", { who, ids });
      const expected = await rows(never);
      assert.equal(expected.length, who === "agency" ? 4 : 1);
      assert.deepEqual(await rows(before), expected);
      assert.deepEqual(await rows(after), expected);
    });
  }
}

Deno.test("INSTALL alone connects nothing: there are no tokens yet", async () => {
  await using relatch = await createAgencyRelatch(postgres);
  relatch.simulator.issueCode({ installer: "agency", locationIds: "all" });
  relatch.simulator.issueCode({ locationIds: [LOCATION_ID] });
  await settle(relatch);
  assert.deepEqual([await coveredLocations(relatch), await directLocations(relatch)], [[], []]);
  assert.equal(await stateOf(relatch), "not_connected null");
  assert.equal(logged(relatch, "webhook_postponed"), 0);
});

Deno.test("INSTALL of a location that its agency ticked later covers it with one question", async () => {
  await using relatch = await createAgencyRelatch(postgres);
  const [first = "", second = ""] = all(relatch);
  await installAgency(relatch, { locationIds: [first] });
  await settle(relatch);
  const before = callsOf(relatch, "installed_locations");
  // HighLevel's page ends in a window that nobody looks at: the code is never exchanged.
  relatch.simulator.issueCode({ installer: "agency", locationIds: [second] });
  await settle(relatch);
  assert.deepEqual(await coveredLocations(relatch), [first, second]);
  assert.equal(callsOf(relatch, "installed_locations"), before + 1);
});

Deno.test("INSTALL that HighLevel's list contradicts covers nothing", async () => {
  await using relatch = await createAgencyRelatch(postgres);
  const [first = "", second = ""] = all(relatch);
  await installAgency(relatch, { locationIds: [first] });
  await deliver(relatch, { type: "INSTALL", locationId: second, companyId: COMPANY_ID });
  await settle(relatch);
  assert.deepEqual(await coveredLocations(relatch), [first]);
});

Deno.test("INSTALL of an agency that is connected has its locations listed at once", async () => {
  await using relatch = await createAgencyRelatch(postgres);
  const [first = "", ...others] = all(relatch);
  relatch.simulator.switches.agencyInstallWebhooks = "company";
  await installAgency(relatch, { locationIds: [first] });
  await settle(relatch);
  relatch.simulator.issueCode({ installer: "agency", locationIds: others });
  await settle(relatch);
  assert.deepEqual(await coveredLocations(relatch), all(relatch));
});

Deno.test("UPDATE to another version of the app leaves what is installed as it was", async () => {
  await using relatch = await createAgencyRelatch(postgres);
  await installAgency(relatch);
  await exchange(relatch, relatch.simulator.issueCode({ locationIds: [LOCATION_ID] }));
  await settle(relatch);
  const before = await rows(relatch);
  const { settings } = relatch.simulator;
  const version = "68f0c1a2b3d4e5f607182940";
  settings.apps[0]?.versionIds.push(version);
  relatch.simulator.updateVersion({ companyId: COMPANY_ID }, version);
  relatch.simulator.updateVersion({ locationId: LOCATION_ID }, version);
  await settle(relatch);
  assert.deepEqual(await rows(relatch), before);
  assert.equal(logged(relatch, "webhook_done"), 6);
});

Deno.test("an INSTALL that comes twice, or once more a day later, changes nothing the second time", async () => {
  await using relatch = await createAgencyRelatch(postgres);
  relatch.simulator.webhooks.orders.next({
    kind: "duplicate",
    copies: 2,
    delayMs: 40_000_000,
    times: 3,
  });
  await installAgency(relatch);
  await settle(relatch);
  const before = callsOf(relatch, "installed_locations");
  const listed = await locationHistory(relatch);
  for (let half = 0; half < 2; half++) {
    await passTime(relatch, 40_000);
    await relatch.simulator.webhooks.pump();
  }
  assert.equal(logged(relatch, "webhook_received"), 9);
  assert.equal(relatch.logLines.filter((line) => /"webhook_received".*"repeated"/.test(line)).length, 6);
  await relatch.database`UPDATE agencies SET listing_due_at = now() + interval '1 hour'`;
  await settle(relatch);
  assert.equal(callsOf(relatch, "installed_locations"), before);
  assert.deepEqual(await locationHistory(relatch), listed);
});

Deno.test("webhooks of another app change nothing and are asked about nowhere", async () => {
  await using relatch = await createAgencyRelatch(postgres);
  const agencyId = await installAgency(relatch);
  await exchange(relatch, relatch.simulator.issueCode({ locationIds: [LOCATION_ID] }));
  await settle(relatch);
  const [before, token] = [await rows(relatch), await storedRefreshToken(relatch, agencyId)];
  const calls = relatch.simulator.ledger.apiCalls().length;
  const appId = "68f0c1a2b3d4e5f607189999";
  const timestamp = "2031-01-01T00:00:00.000Z";
  for (const type of ["INSTALL", "UNINSTALL", "UPDATE"]) {
    await deliver(relatch, { appId, type, timestamp, locationId: LOCATION_ID });
    await deliver(relatch, { appId, type, timestamp, companyId: COMPANY_ID });
  }
  await settle(relatch);
  assert.deepEqual(await rows(relatch), before);
  assert.equal(await storedRefreshToken(relatch, agencyId), token);
  assert.equal(relatch.simulator.ledger.apiCalls().length, calls);
});

/** What is known right after an agency has installed the app, and what becomes of one that was granted too little. */
import assert from "node:assert/strict";
import { readConnection } from "../../../server/connections/read_status.ts";
import { statusFor } from "../../../server/connections/status_for.ts";
import { COMPANY_ID, coveredLocations, installAgency, keepUp } from "../../support/agency_stage.ts";
import {
  askToken,
  callsOf,
  createAgencyRelatch,
  installWithScopes,
  locationHistory,
  logged,
  settle,
  stateOf,
  statusOf,
  WITHOUT_DETAILS,
} from "../../support/agency_scenes.ts";
import { testPostgresForFile } from "../../support/test_postgres.ts";
import type { TestRelatch } from "../../support/test_relatch.ts";

Deno.test.sanitizer({ ops: true, resources: true });
const postgres = testPostgresForFile();

const allLocations = ({ simulator }: TestRelatch): string[] =>
  simulator.settings.locations.map(({ id }) => id).sort();

async function companyStatus({ database, config }: TestRelatch) {
  const [row] = await database<{ id: string }[]>`SELECT id FROM connections WHERE kind = 'company'`;
  const view = await readConnection(database, row?.id ?? "");
  assert.ok(view !== undefined);
  return statusFor(view, config.highlevel.scopes);
}

Deno.test("an agency's install covers its locations before the person sees its page, and mints nothing", async () => {
  await using relatch = await createAgencyRelatch(postgres);
  const page = await installWithScopes(relatch, relatch.config.highlevel.scopes.join(" "));
  assert.match(await page.text(), /Northlight Agency/);
  assert.deepEqual(await coveredLocations(relatch), allLocations(relatch));
  for (const { id, name } of relatch.simulator.settings.locations) {
    const { locationName, companyId, state, kind } = await statusOf(relatch, id);
    assert.deepEqual([locationName, companyId, state, kind], [name, COMPANY_ID, "connected", "company"]);
    assert.deepEqual(await locationHistory(relatch, id), ["covered listed"]);
  }
  assert.deepEqual(relatch.simulator.ledger.apiCallCounts(), {
    installed_locations: 1,
    installer_details: 1,
  });
});

Deno.test("an agency that ticks some of its locations covers these alone", async () => {
  await using relatch = await createAgencyRelatch(postgres);
  const ticked = allLocations(relatch).slice(0, 2);
  await installAgency(relatch, { locationIds: ticked });
  await settle(relatch);
  assert.deepEqual(await coveredLocations(relatch), ticked);
});

Deno.test("an agency that installs again with more locations keeps its connection and covers them too", async () => {
  await using relatch = await createAgencyRelatch(postgres);
  const [first = "", ...others] = allLocations(relatch);
  const before = await installAgency(relatch, { locationIds: [first] });
  await settle(relatch);
  assert.equal(await installAgency(relatch, { locationIds: others }), before);
  assert.deepEqual(await coveredLocations(relatch), allLocations(relatch));
  assert.deepEqual(await locationHistory(relatch, first), ["covered listed"]);
});

Deno.test("an agency whose token may not list locations is connected, says what it lacks, and harms nothing", async () => {
  await using relatch = await createAgencyRelatch(postgres);
  const page = await installWithScopes(relatch, "contacts.readonly oauth.write");
  assert.equal(page.status, 200);
  await page.body?.cancel();
  await settle(relatch);
  assert.deepEqual(await coveredLocations(relatch), []);
  assert.ok(relatch.logLines.some((line) => /"listing_postponed".*"scope_missing"/.test(line)));
  assert.equal(logged(relatch, "upkeep_failed"), 0);
  const { state, missingScopes } = await companyStatus(relatch);
  assert.equal(state, "connected");
  assert.deepEqual(missingScopes, ["oauth.readonly", "marketplace-installer-details.readonly"]);

  // Somebody of the agency grants it.
  await installAgency(relatch);
  assert.deepEqual(await coveredLocations(relatch), allLocations(relatch));
  assert.deepEqual((await companyStatus(relatch)).missingScopes, []);
});

Deno.test("an agency whose token may not mint is listed, and its locations ask for a new connection when used", async () => {
  await using relatch = await createAgencyRelatch(postgres, { settings: WITHOUT_DETAILS });
  await (await installWithScopes(relatch, "contacts.readonly oauth.readonly")).body?.cancel();
  assert.deepEqual(await coveredLocations(relatch), allLocations(relatch));
  assert.deepEqual(await askToken(relatch), { ok: false, failure: { reason: "reconnect_required" } });
  assert.equal(await stateOf(relatch), "reconnect_required company");
  const { problem, missingScopes } = await statusOf(relatch);
  assert.equal(problem?.code, "scope_missing");
  assert.deepEqual(missingScopes, ["oauth.write"]);
  // Whoever asks again is told without a call.
  await askToken(relatch);
  assert.equal(callsOf(relatch, "location_token"), 1);
});

Deno.test("an agency that installs while HighLevel's list is away is covered as soon as that is back", async () => {
  await using relatch = await createAgencyRelatch(postgres);
  relatch.simulator.faults.next({
    route: "api",
    operation: "installed_locations",
    kind: "rate_limited",
    retryAfterSeconds: 0,
    times: 5,
  });
  await installAgency(relatch);
  assert.deepEqual(await coveredLocations(relatch), []);
  await relatch.database`UPDATE agencies SET listing_due_at = now()`;
  await keepUp(relatch);
  assert.deepEqual(await coveredLocations(relatch), allLocations(relatch));
});

/** Names of locations: from listings and from LocationUpdate, of which the latest by HighLevel's clock counts. */
import assert from "node:assert/strict";
import { COMPANY_ID, coveredLocations, installAgency } from "../../support/agency_stage.ts";
import {
  callsOf,
  createAgencyRelatch,
  deliver,
  LISTING_PERIOD_SECONDS,
  live,
  settle,
  statusOf,
} from "../../support/agency_scenes.ts";
import { install } from "../../support/rotation_stage.ts";
import { testPostgresForFile } from "../../support/test_postgres.ts";
import { LOCATION_ID, type TestRelatch } from "../../support/test_relatch.ts";

Deno.test.sanitizer({ ops: true, resources: true });
const postgres = testPostgresForFile();

const nameOf = async (relatch: TestRelatch) => (await statusOf(relatch)).locationName;

async function rename(relatch: TestRelatch, name: string, secondsLater: number): Promise<void> {
  const timestamp = new Date(Date.now() + secondsLater * 1000).toISOString();
  await deliver(relatch, { type: "LocationUpdate", id: LOCATION_ID, companyId: COMPANY_ID, name, timestamp });
  await settle(relatch);
}

Deno.test("LocationUpdate renames a covered location and one with its own install", async () => {
  for (const who of ["agency", "location"]) {
    await using relatch = await createAgencyRelatch(postgres);
    if (who === "agency") await installAgency(relatch);
    else await install(relatch, LOCATION_ID);
    await settle(relatch);
    const before = callsOf(relatch, "installed_locations");
    relatch.simulator.updateLocation(LOCATION_ID, { name: "Harbor Dental & Smile" });
    await settle(relatch);
    assert.equal(await nameOf(relatch), "Harbor Dental & Smile");
    assert.equal(callsOf(relatch, "installed_locations"), before);
  }
});

Deno.test("an older LocationUpdate does not bring an older name back", async () => {
  await using relatch = await createAgencyRelatch(postgres);
  await install(relatch, LOCATION_ID);
  await rename(relatch, "Second name", 60);
  await rename(relatch, "First name", 30);
  assert.equal(await nameOf(relatch), "Second name");
  await rename(relatch, "Third name", 90);
  assert.equal(await nameOf(relatch), "Third name");
});

Deno.test("two renamings that arrive in the wrong order end with the name that HighLevel shows", async () => {
  await using relatch = await createAgencyRelatch(postgres);
  await installAgency(relatch);
  await settle(relatch);
  const { simulator } = relatch;
  simulator.webhooks.orders.next({ kind: "delay", type: "LocationUpdate", delayMs: 60_000 });
  simulator.updateLocation(LOCATION_ID, { name: "First name" });
  simulator.clock.advance(1000);
  simulator.updateLocation(LOCATION_ID, { name: "Second name" });
  await settle(relatch);
  assert.equal(await nameOf(relatch), "Second name");
  await live(relatch, { seconds: 61 });
  assert.equal(await nameOf(relatch), "Second name");
});

Deno.test("a name that no webhook told is learnt from the next listing", async () => {
  await using relatch = await createAgencyRelatch(postgres);
  await installAgency(relatch);
  await settle(relatch);
  relatch.simulator.webhooks.orders.next({ kind: "lose" });
  relatch.simulator.updateLocation(LOCATION_ID, { name: "Second name" });
  await live(relatch, { seconds: LISTING_PERIOD_SECONDS });
  assert.equal(await nameOf(relatch), "Second name");
});

Deno.test("LocationUpdate of a location that nothing is known of, or without a name, changes nothing", async () => {
  await using relatch = await createAgencyRelatch(postgres);
  await installAgency(relatch);
  await settle(relatch);
  const covered = await coveredLocations(relatch);
  await deliver(relatch, { type: "LocationUpdate", id: "LocationNotThere0001", name: "Nowhere" });
  for (const name of [undefined, null, 7, "", "   ", {}]) {
    await deliver(relatch, { type: "LocationUpdate", id: LOCATION_ID, name });
  }
  await settle(relatch);
  assert.equal(await nameOf(relatch), "Harbor Dental Studio");
  assert.deepEqual(await coveredLocations(relatch), covered);
  const [row] = await relatch.database<{ known: number }[]>`SELECT count(*)::int AS known FROM connections`;
  assert.equal(row?.known, covered.length + 1);
});

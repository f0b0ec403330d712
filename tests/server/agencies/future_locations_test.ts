/** Sub-accounts that come to an agency after its install: covered by whichever news of them arrives. */
import assert from "node:assert/strict";
import { COMPANY_ID, coveredLocations, installAgency } from "../../support/agency_stage.ts";
import {
  addAgency,
  callsOf,
  createAgencyRelatch,
  LISTING_PERIOD_SECONDS,
  live,
  locationHistory,
  settle,
  stateOf,
  takeToken,
} from "../../support/agency_scenes.ts";
import { testPostgresForFile } from "../../support/test_postgres.ts";
import type { TestRelatch } from "../../support/test_relatch.ts";

Deno.test.sanitizer({ ops: true, resources: true });
const postgres = testPostgresForFile();

const NEW_LOCATION = "LocationThatIsNew001";
const OTHER_COMPANY = "CompanyOfAnother0001";

async function createFuture(installToFutureLocations = true): Promise<TestRelatch> {
  const relatch = await createAgencyRelatch(postgres);
  await installAgency(relatch, { installToFutureLocations });
  await settle(relatch);
  return relatch;
}

for (const installWebhookIds of ["as_documented", "present"] as const) {
  Deno.test(`a future location is covered by its INSTALL (company and user ids ${installWebhookIds})`, async () => {
    await using relatch = await createFuture();
    relatch.simulator.switches.installWebhookIds = installWebhookIds;
    relatch.simulator.addLocation({ id: NEW_LOCATION, name: "New Place" });
    await settle(relatch);
    assert.equal(await stateOf(relatch, NEW_LOCATION), "connected company");
    assert.deepEqual(await locationHistory(relatch, NEW_LOCATION), ["covered install_webhook"]);
    await takeToken(relatch, NEW_LOCATION);
  });
}

Deno.test("a future location whose INSTALL is lost is covered by LocationCreate", async () => {
  await using relatch = await createFuture();
  relatch.simulator.switches.locationCreateWebhooks = "every_app";
  relatch.simulator.webhooks.orders.next({ kind: "lose", type: "INSTALL" });
  relatch.simulator.addLocation({ id: NEW_LOCATION });
  await settle(relatch);
  assert.deepEqual(await locationHistory(relatch, NEW_LOCATION), ["covered location_webhook"]);
});

Deno.test("a future location that no webhook tells of is covered by the next listing", async () => {
  await using relatch = await createFuture();
  relatch.simulator.webhooks.orders.disorder({ loss: 1 });
  relatch.simulator.addLocation({ id: NEW_LOCATION });
  await settle(relatch);
  assert.ok(!(await coveredLocations(relatch)).includes(NEW_LOCATION));
  await live(relatch, { seconds: LISTING_PERIOD_SECONDS });
  assert.deepEqual(await locationHistory(relatch, NEW_LOCATION), ["covered listed"]);
});

Deno.test("a new location of an agency that installs nowhere by itself is not covered, whatever webhook comes", async () => {
  await using relatch = await createFuture(false);
  relatch.simulator.switches.locationCreateWebhooks = "every_app";
  relatch.simulator.addLocation({ id: NEW_LOCATION });
  await settle(relatch);
  await live(relatch, { seconds: LISTING_PERIOD_SECONDS });
  assert.ok(!(await coveredLocations(relatch)).includes(NEW_LOCATION));
});

Deno.test("LocationCreate of an agency that is not connected changes nothing", async () => {
  await using relatch = await createAgencyRelatch(postgres);
  relatch.simulator.switches.locationCreateWebhooks = "every_app";
  // It is installed at HighLevel, but nobody exchanged the code.
  relatch.simulator.issueCode({ installer: "agency", locationIds: "all", installToFutureLocations: true });
  relatch.simulator.addLocation({ id: NEW_LOCATION });
  await settle(relatch);
  assert.deepEqual(await coveredLocations(relatch), []);
  assert.deepEqual(relatch.simulator.ledger.apiCallCounts(), {});
});

for (const future of ["the first", "the second"] as const) {
  Deno.test(`an INSTALL that names no agency finds the right one of two (${future})`, async () => {
    await using relatch = await createAgencyRelatch(postgres);
    addAgency(relatch, { companyId: OTHER_COMPANY, locationIds: ["LocationOfAnother001"] });
    const companyId = future === "the first" ? COMPANY_ID : OTHER_COMPANY;
    for (const agency of [COMPANY_ID, OTHER_COMPANY]) {
      await installAgency(relatch, {
        companyId: agency,
        installToFutureLocations: agency === companyId,
      });
    }
    await settle(relatch);
    const before = callsOf(relatch, "installed_locations");
    relatch.simulator.addLocation({ id: NEW_LOCATION, companyId });
    await settle(relatch);
    assert.equal(await stateOf(relatch, NEW_LOCATION), "connected company");
    const [row] = await relatch.database<{ companyId: string }[]>`
      SELECT a.company_id AS "companyId" FROM connections c
      JOIN coverages v ON v.connection_id = c.id JOIN connections a ON a.id = v.company_connection_id
      WHERE c.location_id = ${NEW_LOCATION}`;
    assert.equal(row?.companyId, companyId);
    await takeToken(relatch, NEW_LOCATION);
    // Those whose install comes to new locations are asked first.
    assert.equal(callsOf(relatch, "installed_locations"), before + 1);
  });
}

Deno.test("an INSTALL without an agency's id is told to the agency that is known to have the location", async () => {
  await using relatch = await createAgencyRelatch(postgres);
  const other = ["LocationOfAnother001", "LocationOfAnother002"];
  addAgency(relatch, { companyId: OTHER_COMPANY, locationIds: other });
  await installAgency(relatch, { installToFutureLocations: true });
  await installAgency(relatch, { companyId: OTHER_COMPANY, locationIds: other });
  await settle(relatch);
  relatch.simulator.uninstall({ locationId: "LocationOfAnother001" });
  await settle(relatch);
  assert.equal(await stateOf(relatch, "LocationOfAnother001"), "not_connected null");
  const before = callsOf(relatch, "installed_locations");
  relatch.simulator.switches.installWebhookIds = "missing";
  relatch.simulator.issueCode({
    installer: "agency",
    companyId: OTHER_COMPANY,
    locationIds: ["LocationOfAnother001"],
  });
  await settle(relatch);
  assert.equal(await stateOf(relatch, "LocationOfAnother001"), "connected company");
  assert.equal(callsOf(relatch, "installed_locations"), before + 1);
});

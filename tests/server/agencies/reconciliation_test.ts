/** With every webhook lost: how the rows become true again, and in what time at the most. */
import assert from "node:assert/strict";
import { COMPANY_ID, installAgency } from "../../support/agency_stage.ts";
import {
  addAgency,
  askToken,
  assertTrue,
  connectionOf,
  createAgencyRelatch,
  isWiped,
  LISTING_PERIOD_SECONDS,
  live,
  locationHistory,
  settle,
  stateOf,
  takeToken,
} from "../../support/agency_scenes.ts";
import { historyOf, install } from "../../support/rotation_stage.ts";
import { testPostgresForFile } from "../../support/test_postgres.ts";
import { LOCATION_ID, type TestRelatch } from "../../support/test_relatch.ts";

Deno.test.sanitizer({ ops: true, resources: true });
const postgres = testPostgresForFile();

const OTHER_COMPANY = "CompanyOfAnother0001";
/** The refresh token of an own install is presented in this time: 11/12 of a day. */
const PRESENTED_SECONDS = 79_200;

type Who = "agency" | "location";

/** Installed a day ago, so that nothing is looked at more often than it is in the long run. */
async function createSilent(installs: readonly Who[]): Promise<TestRelatch & { agencyId: string }> {
  const relatch = await createAgencyRelatch(postgres);
  relatch.simulator.webhooks.orders.disorder({ loss: 1 });
  let agencyId = "";
  for (const who of installs) {
    if (who === "agency") agencyId = await installAgency(relatch);
    else await install(relatch, LOCATION_ID);
  }
  await settle(relatch);
  await relatch.database`UPDATE connections SET authorized_at = authorized_at - interval '1 day'`;
  await live(relatch, { seconds: 90 });
  await assertTrue(relatch);
  return { ...relatch, agencyId };
}

Deno.test("a covered location that was uninstalled is not connected within 69 minutes", async () => {
  await using relatch = await createSilent(["agency"]);
  await takeToken(relatch);
  relatch.simulator.uninstall({ locationId: LOCATION_ID });
  await live(relatch, { seconds: LISTING_PERIOD_SECONDS });
  await assertTrue(relatch);
  assert.equal(await stateOf(relatch), "not_connected null");
  assert.ok(await isWiped(relatch, await connectionOf(relatch)));
  assert.deepEqual(await locationHistory(relatch), ["covered listed", "uncovered not_listed"]);
});

Deno.test("a covered location that was uninstalled is not connected as soon as somebody needs a new token", async () => {
  await using relatch = await createSilent(["agency"]);
  relatch.simulator.uninstall({ locationId: LOCATION_ID });
  assert.deepEqual(await askToken(relatch), { ok: false, failure: { reason: "not_connected" } });
  await assertTrue(relatch);
});

for (const uninstalledRefresh of ["invalid_client", "invalid_grant"] as const) {
  Deno.test(`a location's own install that was removed is not connected within 22 hours (${uninstalledRefresh})`, async () => {
    await using relatch = await createSilent(["location"]);
    relatch.simulator.switches.uninstalledRefresh = uninstalledRefresh;
    relatch.simulator.uninstall({ locationId: LOCATION_ID });
    await live(relatch, { seconds: PRESENTED_SECONDS, step: PRESENTED_SECONDS / 50 });
    await assertTrue(relatch);
    assert.equal(await stateOf(relatch), "not_connected null");
    assert.ok(await isWiped(relatch, await connectionOf(relatch)));
    assert.equal((await locationHistory(relatch)).at(-1), "disconnected not_installed");
  });

  Deno.test(`an agency that was uninstalled is gone with its locations within 69 minutes (${uninstalledRefresh})`, async () => {
    await using relatch = await createSilent(["agency", "location"]);
    relatch.simulator.switches.uninstalledRefresh = uninstalledRefresh;
    relatch.simulator.uninstall({ companyId: COMPANY_ID });
    await live(relatch, { seconds: LISTING_PERIOD_SECONDS });
    await assertTrue(relatch);
    assert.equal(await stateOf(relatch), "not_connected null");
    assert.ok(await isWiped(relatch, relatch.agencyId));
    for (const { id } of relatch.simulator.settings.locations) {
      assert.ok(await isWiped(relatch, await connectionOf(relatch, id)));
    }
  });
}

Deno.test("an agency of which HighLevel takes no token any more has to connect again, as do its locations", async () => {
  await using relatch = await createSilent(["agency"]);
  Object.assign(relatch.simulator.switches, {
    uninstalledRefresh: "invalid_grant",
    accessTokensAfterUninstall: "dead",
  });
  relatch.simulator.uninstall({ companyId: COMPANY_ID });
  await live(relatch, { seconds: LISTING_PERIOD_SECONDS });
  // It may have been uninstalled, or HighLevel may have lost its tokens: nobody is left to ask.
  assert.equal(await stateOf(relatch), "reconnect_required company");
  assert.equal((await askToken(relatch)).ok, false);
});

Deno.test("an agency that was uninstalled and installed again with fewer locations covers these at once", async () => {
  await using relatch = await createSilent(["agency"]);
  const [kept = "", ...gone] = relatch.simulator.settings.locations.map(({ id }) => id);
  relatch.simulator.uninstall({ companyId: COMPANY_ID });
  relatch.simulator.clock.advance(5000);
  assert.equal(await installAgency(relatch, { locationIds: [kept] }), relatch.agencyId);
  await settle(relatch);
  await assertTrue(relatch);
  assert.equal(await stateOf(relatch, kept), "connected company");
  for (const id of gone) {
    assert.deepEqual(await locationHistory(relatch, id), ["covered listed", "uncovered not_listed"]);
  }
  assert.deepEqual(await historyOf(relatch.database, relatch.agencyId), [
    "connected marketplace_install",
    "reauthorized marketplace_install",
  ]);
});

Deno.test("a location that was deleted is not connected within 69 minutes, and its own install within 22 hours", async () => {
  for (const installs of [["agency"], ["location"], ["agency", "location"]] as const) {
    await using relatch = await createSilent(installs);
    relatch.simulator.removeLocation(LOCATION_ID);
    const [first] = installs;
    const seconds = installs.length === 1 && first === "agency" ? LISTING_PERIOD_SECONDS : PRESENTED_SECONDS;
    await live(relatch, { seconds, step: PRESENTED_SECONDS / 50 });
    assert.equal(await stateOf(relatch), "not_connected null", installs.join());
    assert.ok(await isWiped(relatch, await connectionOf(relatch)));
  }
});

for (const isConnected of [true, false]) {
  Deno.test(`a location that moved to an agency that is ${isConnected ? "" : "not "}connected follows within 69 minutes`, async () => {
    await using relatch = await createSilent(["agency"]);
    const { simulator } = relatch;
    addAgency(relatch, { companyId: OTHER_COMPANY, locationIds: ["LocationOfAnother001"] });
    if (isConnected) await installAgency(relatch, { companyId: OTHER_COMPANY });
    await takeToken(relatch);
    simulator.removeLocation(LOCATION_ID);
    simulator.addLocation({ id: LOCATION_ID, companyId: OTHER_COMPANY });
    if (isConnected) {
      simulator.issueCode({ installer: "agency", companyId: OTHER_COMPANY, locationIds: [LOCATION_ID] });
    }
    await live(relatch, { seconds: LISTING_PERIOD_SECONDS });
    await assertTrue(relatch);
    assert.equal(await stateOf(relatch), isConnected ? "connected company" : "not_connected null");
    if (!isConnected) return;
    const [row] = await relatch.database<{ companyId: string }[]>`
      SELECT company_id AS "companyId" FROM connections WHERE location_id = ${LOCATION_ID}`;
    assert.equal(row?.companyId, OTHER_COMPANY);
    const token = await takeToken(relatch);
    const minted = simulator.ledger.families().findLast((family) => family.minted);
    assert.equal(minted?.consent.companyId, OTHER_COMPANY);
    assert.equal(simulator.ledger.resourceOfAccessToken(token), LOCATION_ID);
  });
}

Deno.test("a location that came to a connected agency is connected within 69 minutes", async () => {
  await using relatch = await createSilent(["agency"]);
  const { id } = relatch.simulator.addLocation();
  relatch.simulator.issueCode({ installer: "agency", locationIds: [id] });
  await live(relatch, { seconds: LISTING_PERIOD_SECONDS });
  await assertTrue(relatch);
  assert.equal(await stateOf(relatch, id), "connected company");
});

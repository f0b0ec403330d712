/** A location that its own user and its agency installed for: the better install serves it, the other stays in reserve. */
import assert from "node:assert/strict";
import { coveredLocations, directLocations, installAgency } from "../../support/agency_stage.ts";
import {
  askToken,
  callsOf,
  connectionOf,
  createAgencyRelatch,
  locationHistory,
  logged,
  settle,
  stateOf,
  statusOf,
  takeToken,
} from "../../support/agency_scenes.ts";
import { expireTokens, install, makeDue, passTime } from "../../support/rotation_stage.ts";
import { testPostgresForFile } from "../../support/test_postgres.ts";
import { LOCATION_ID, type TestRelatch } from "../../support/test_relatch.ts";

Deno.test.sanitizer({ ops: true, resources: true });
const postgres = testPostgresForFile();

const COMPANY_FIRST = ["agency", "location"] as const;
const LOCATION_FIRST = ["location", "agency"] as const;

type Both = TestRelatch & { readonly agencyId: string; readonly ownId: string };

async function createBoth(order: readonly ("agency" | "location")[] = COMPANY_FIRST): Promise<Both> {
  const relatch = await createAgencyRelatch(postgres);
  relatch.simulator.switches.installWebhook = "never";
  let agencyId = "";
  for (const who of order) {
    if (who === "agency") agencyId = await installAgency(relatch);
    else await install(relatch, LOCATION_ID);
  }
  await settle(relatch);
  return { ...relatch, agencyId, ownId: await connectionOf(relatch) };
}

/** Whether a token came from a mint or from the location's own install. */
function originOf({ simulator }: TestRelatch, accessToken: string): "minted" | "own" {
  assert.equal(simulator.ledger.resourceOfAccessToken(accessToken), LOCATION_ID);
  const claims = JSON.parse(new TextDecoder().decode(
    Uint8Array.fromBase64(accessToken.split(".")[1] ?? "", { alphabet: "base64url" }),
  ));
  return "jti" in claims ? "minted" : "own";
}

/** The location's own refresh token works no more, and its access token has ended. */
async function killOwn(relatch: Both): Promise<void> {
  const { database, simulator, ownId } = relatch;
  const own = simulator.ledger.families().find(({ consent, minted }) =>
    consent.locationId === LOCATION_ID && !minted
  );
  assert.ok(own !== undefined);
  simulator.endInstalls({ resourceId: LOCATION_ID, reason: "revoked" });
  await expireTokens(database, [ownId]);
  await makeDue(database, [ownId]);
}

for (const order of [COMPANY_FIRST, LOCATION_FIRST]) {
  Deno.test(`a location with two installs is one connection and gives its own token (${order.join(", then ")})`, async () => {
    await using relatch = await createBoth(order);
    assert.deepEqual(await directLocations(relatch), [LOCATION_ID]);
    assert.ok((await coveredLocations(relatch)).includes(LOCATION_ID));
    assert.equal(originOf(relatch, await takeToken(relatch)), "own");
    assert.equal(await stateOf(relatch), "connected location");
    assert.equal(callsOf(relatch, "location_token"), 0);
  });
}

Deno.test("a location whose own install is dead is served by its agency's, and says so", async () => {
  await using relatch = await createBoth();
  await killOwn(relatch);
  assert.equal(originOf(relatch, await takeToken(relatch)), "minted");
  await settle(relatch);
  assert.equal(await stateOf(relatch), "connected company");
  assert.equal((await statusOf(relatch)).problem, null);
});

Deno.test("a location whose own install fails is served by its agency's until it works again", async () => {
  await using relatch = await createBoth();
  const { simulator, database, ownId } = relatch;
  simulator.faults.next({ route: "token", kind: "rate_limited", resourceId: LOCATION_ID });
  await expireTokens(database, [ownId]);
  assert.equal(originOf(relatch, await takeToken(relatch)), "minted");
  assert.equal(await stateOf(relatch), "connected company");
  await passTime(relatch, 60);
  await settle(relatch);
  assert.equal(originOf(relatch, await takeToken(relatch)), "own");
  assert.equal(await stateOf(relatch), "connected location");
});

Deno.test("a person who connects a dead location again has its own token again", async () => {
  await using relatch = await createBoth();
  await killOwn(relatch);
  await settle(relatch);
  await install(relatch, LOCATION_ID);
  assert.equal(originOf(relatch, await takeToken(relatch)), "own");
  assert.equal(await stateOf(relatch), "connected location");
});

for (const companyUninstall of ["ends_direct_installs", "keeps_direct_installs"] as const) {
  Deno.test(`when the agency goes, a location's own install is what HighLevel left of it (${companyUninstall})`, async () => {
    await using relatch = await createBoth();
    const { simulator } = relatch;
    simulator.switches.companyUninstall = companyUninstall;
    simulator.uninstall({ companyId: simulator.settings.companies[0]?.id ?? "" });
    await settle(relatch);
    assert.deepEqual(await coveredLocations(relatch), []);
    if (companyUninstall === "keeps_direct_installs") {
      assert.equal(originOf(relatch, await takeToken(relatch)), "own");
      assert.equal(await stateOf(relatch), "connected location");
      assert.equal((await locationHistory(relatch)).includes("disconnected uninstall_webhook"), false);
    } else {
      assert.deepEqual(await askToken(relatch), { ok: false, failure: { reason: "not_connected" } });
      assert.equal(await stateOf(relatch), "not_connected null");
    }
  });
}

Deno.test("a location that both installs lost is not connected, and its history tells of both", async () => {
  await using relatch = await createBoth();
  relatch.simulator.uninstall({ locationId: LOCATION_ID });
  await settle(relatch);
  assert.equal(await stateOf(relatch), "not_connected null");
  assert.deepEqual(await locationHistory(relatch), [
    "covered listed",
    "connected marketplace_install",
    "uncovered uninstall_webhook",
    "degraded client_rejected",
    "disconnected not_installed",
  ]);
  assert.equal(logged(relatch, "upkeep_failed"), 0);
});

Deno.test("a paused location is paused for both of its installs, and heals for both", async () => {
  await using relatch = await createBoth();
  const { simulator, database, ownId } = relatch;
  simulator.updateLocation(LOCATION_ID, { active: false });
  await expireTokens(database, [ownId]);
  assert.deepEqual(await askToken(relatch), { ok: false, failure: { reason: "location_paused" } });
  assert.equal(await stateOf(relatch), "paused location");
  simulator.updateLocation(LOCATION_ID, { active: true });
  await passTime(relatch, 3600);
  await settle(relatch);
  assert.equal(originOf(relatch, await takeToken(relatch)), "own");
  assert.equal(await stateOf(relatch), "connected location");
});

Deno.test("a covered location whose agency has to connect again says so, even while the location is paused", async () => {
  await using relatch = await createAgencyRelatch(postgres);
  const agencyId = await installAgency(relatch);
  await settle(relatch);
  relatch.simulator.updateLocation(LOCATION_ID, { active: false });
  await askToken(relatch);
  assert.equal(await stateOf(relatch), "paused company");
  await relatch.database`
    UPDATE connections SET problem_code = 'refresh_token_rejected', problem_since = now(), next_refresh_at = NULL
    WHERE id = ${agencyId}`;
  assert.equal(await stateOf(relatch), "reconnect_required company");
});

/** HighLevel's word that an install ended, where believing it at once, or never again, would be wrong. */
import assert from "node:assert/strict";
import { suspectLocations } from "../../../server/connections/wipe_connection.ts";
import { DEFAULT_CLIENT_ID } from "../../simulator/default_settings.ts";
import { COMPANY_ID, directLocations, keepUp } from "../../support/agency_stage.ts";
import {
  createAgencyRelatch,
  deliver,
  isWiped,
  live,
  locationHistory,
  setSecret,
  settle,
} from "../../support/agency_scenes.ts";
import {
  assertNothingLost,
  install,
  installLocations,
  makeDue,
  passTime,
  type StagedConnection,
} from "../../support/rotation_stage.ts";
import { testPostgresForFile } from "../../support/test_postgres.ts";
import { LOCATION_ID, type TestRelatch } from "../../support/test_relatch.ts";
import { createVirtualClock } from "../../support/virtual_clock.ts";

Deno.test.sanitizer({ ops: true, resources: true });
const postgres = testPostgresForFile();

const idsOf = (connections: readonly StagedConnection[]): string[] => connections.map(({ id }) => id);

/** HighLevel's clock comes to a whole second, and `milliseconds` more. */
function comeToSecond({ simulator: { clock } }: TestRelatch, milliseconds: number): void {
  clock.advance(1000 - clock.now() % 1000 + milliseconds);
}

Deno.test("a wrong secret and the word of an uninstalled agency end no install", async () => {
  const clock = createVirtualClock();
  await using relatch = await createAgencyRelatch(postgres, { rotation: { clock } });
  const installed = await installLocations(relatch, 6);
  await settle(relatch);
  await passTime(relatch, 3600);
  setSecret(relatch, "wrong");
  await makeDue(relatch.database, idsOf(installed.slice(0, 3)));
  await live(relatch, { seconds: 100, step: 5, clock });
  assert.equal(relatch.rotation.gate.shutFor(), "client_rejected");
  await deliver(relatch, { type: "UNINSTALL", companyId: COMPANY_ID });
  await live(relatch, { seconds: 600, step: 10, clock });
  assert.equal((await directLocations(relatch)).length, 6);

  setSecret(relatch, "right");
  await live(relatch, { seconds: 1800, step: 30, clock });
  await assertNothingLost(relatch, installed);
});

Deno.test("the word of an uninstalled agency ends no install whose tokens belong to another client pair", async () => {
  await using relatch = await createAgencyRelatch(postgres);
  const installed = await installLocations(relatch, 2);
  await settle(relatch);
  const before = `${DEFAULT_CLIENT_ID.split("-")[0]}-zzzzzzzz`;
  await relatch.database`UPDATE connections SET client_id = ${before}`;
  setSecret(relatch, "wrong");
  await deliver(relatch, { type: "UNINSTALL", companyId: COMPANY_ID });
  await settle(relatch);
  assert.equal((await directLocations(relatch)).length, 2);

  setSecret(relatch, "right");
  await makeDue(relatch.database, idsOf(installed));
  await settle(relatch);
  await assertNothingLost(relatch, installed);
});

Deno.test("UNINSTALL without a date that comes while a refused token is on its way ends the install", async () => {
  let isOnItsWay = false;
  await using relatch = await createAgencyRelatch(postgres, {
    rotation: {
      async reach(step) {
        if (step !== "answered" || !isOnItsWay) return;
        isOnItsWay = false;
        await deliver(relatch, { type: "UNINSTALL", locationId: LOCATION_ID });
        await keepUp(relatch);
      },
    },
  });
  const { simulator } = relatch;
  simulator.switches.uninstalledRefresh = "invalid_grant";
  const { id } = await install(relatch, LOCATION_ID);
  await settle(relatch);
  // Nothing else tells that it is gone.
  simulator.faults.next({ route: "api", operation: "installer_details", kind: "rate_limited", times: 1000 });
  simulator.webhooks.orders.next({ kind: "lose", type: "UNINSTALL" });
  simulator.uninstall({ locationId: LOCATION_ID });
  isOnItsWay = true;
  await makeDue(relatch.database, [id]);
  await live(relatch, { seconds: 60, step: 10 });
  assert.equal(isOnItsWay, false);
  assert.ok(await isWiped(relatch, id));
  assert.equal((await locationHistory(relatch)).at(-1), "disconnected uninstalled");
});

Deno.test("an install that came within a second of the uninstall before it is not ended by that one's UNINSTALL", async () => {
  await using relatch = await createAgencyRelatch(postgres);
  const { simulator } = relatch;
  await install(relatch, LOCATION_ID);
  await settle(relatch);
  await passTime(relatch, 600);
  comeToSecond(relatch, 300);
  simulator.uninstall({ locationId: LOCATION_ID });
  simulator.clock.advance(400);
  const again = await install(relatch, LOCATION_ID);
  await settle(relatch);
  assert.deepEqual(await directLocations(relatch), [LOCATION_ID]);
  await assertNothingLost(relatch, [again]);
});

Deno.test("suspectLocations() finds an agency's locations by an index", async () => {
  await using relatch = await createAgencyRelatch(postgres);
  await installLocations(relatch, 2);
  const scans = await relatch.database.begin(async (tx) => {
    // A small table is read as a whole where that is allowed.
    await tx`SET LOCAL enable_seqscan = off`;
    const why = { cause: "a_hint", actor: "highlevel" };
    await suspectLocations(tx, { companyId: COMPANY_ID, at: null, ...why });
    const [row] = await tx<{ scans: number }[]>`
      SELECT pg_stat_get_xact_numscans('connections_company_locations'::regclass)::int AS scans`;
    return row?.scans;
  });
  // One for those that HighLevel refused before, and one for the others.
  assert.equal(scans, 2);
});

/** What looks like the end of an install and is none: nothing that is installed is wiped or uncovered for it. */
import assert from "node:assert/strict";
import { installAgency } from "../../support/agency_stage.ts";
import {
  assertTrue,
  bringBack,
  connectionOf,
  createAgencyRelatch,
  deliver,
  LISTING_PERIOD_SECONDS,
  live,
  locationHistory,
  setSecret,
  settle,
  stateOf,
  takeAway,
  WITHOUT_DETAILS,
} from "../../support/agency_scenes.ts";
import {
  historyOf,
  install,
  installLocations,
  makeDue,
  passTime,
  storedRefreshToken,
  viewRow,
} from "../../support/rotation_stage.ts";
import { testPostgresForFile } from "../../support/test_postgres.ts";
import { LOCATION_ID, type TestRelatch } from "../../support/test_relatch.ts";
import { createVirtualClock, type VirtualClock } from "../../support/virtual_clock.ts";

Deno.test.sanitizer({ ops: true, resources: true });
const postgres = testPostgresForFile();

const DAY_SECONDS = 86_400;

interface World {
  readonly relatch: TestRelatch;
  readonly clock: VirtualClock;
  readonly agencyId: string;
  readonly ownId: string;
}

/** An agency, and one of its locations with an install of its own. */
async function withWorld(
  settings: Readonly<Record<string, string>>,
  work: (world: World) => Promise<void>,
): Promise<void> {
  const clock = createVirtualClock();
  await using relatch = await createAgencyRelatch(postgres, {
    settings,
    rotation: { clock },
    upkeep: { clock },
  });
  // Only the one that a test is about installed by itself.
  const locationIds = relatch.simulator.settings.locations.slice(1).map(({ id }) => id);
  const agencyId = await installAgency(relatch, { locationIds });
  const { id: ownId } = await install(relatch, LOCATION_ID);
  await settle(relatch);
  await passTime(relatch, DAY_SECONDS / 2);
  await work({ relatch, clock, agencyId, ownId });
}

async function assertUnharmed({ relatch, agencyId, ownId }: World): Promise<void> {
  await assertTrue(relatch);
  for (const id of [agencyId, ownId]) {
    const token = await storedRefreshToken(relatch, id);
    assert.ok(token !== null && relatch.simulator.ledger.refreshableNow(token));
    assert.equal((await viewRow(relatch.database, id)).problemCode, null);
    const history = await historyOf(relatch.database, id);
    assert.deepEqual(history.filter((line) => /^(disconnected|reconnect)/.test(line)), []);
  }
}

const DETAILS = { "with details": {}, "without details": WITHOUT_DETAILS };

for (const [scopes, settings] of Object.entries(DETAILS)) {
  for (const directInstallsInCompany of ["listed", "hidden"] as const) {
    Deno.test(`a wrong secret for two days wipes nothing (${scopes}, direct installs ${directInstallsInCompany})`, async () => {
      await withWorld(settings, async (world) => {
        const { relatch, clock } = world;
        relatch.simulator.switches.directInstallsInCompany = directInstallsInCompany;
        await live(relatch, { seconds: LISTING_PERIOD_SECONDS });
        setSecret(relatch, "wrong");
        await makeDue(relatch.database, [world.ownId]);
        await live(relatch, { seconds: 2 * DAY_SECONDS, step: 1800, clock });
        setSecret(relatch, "right");
        await live(relatch, { seconds: 1800, step: 30, clock });
        await live(relatch, { seconds: LISTING_PERIOD_SECONDS, clock });
        await assertUnharmed(world);
      });
    });
  }

  Deno.test(`doubts that come up while the secret is wrong wipe nothing (${scopes})`, async () => {
    await withWorld(settings, async (world) => {
      const { relatch, clock, ownId } = world;
      // It was uninstalled and installed again, and HighLevel's word of the first comes now.
      setSecret(relatch, "wrong");
      await deliver(relatch, { type: "UNINSTALL", locationId: LOCATION_ID });
      await live(relatch, { seconds: 3600, step: 60, clock });
      assert.notEqual(await storedRefreshToken(relatch, ownId), null);
      setSecret(relatch, "right");
      await live(relatch, { seconds: 3600, step: 60, clock });
      await live(relatch, { seconds: DAY_SECONDS, step: 1800, clock });
      await assertUnharmed(world);
    });
  });
}

Deno.test("doubts about everybody while the secret is wrong wipe nothing", async () => {
  await withWorld({}, async (world) => {
    const { relatch, clock } = world;
    const others = await installLocations(relatch, 5);
    setSecret(relatch, "wrong");
    for (const { locationId } of others) await deliver(relatch, { type: "UNINSTALL", locationId });
    await live(relatch, { seconds: 3600, step: 60, clock });
    setSecret(relatch, "right");
    await live(relatch, { seconds: 7200, step: 60, clock });
    for (const { id } of others) assert.notEqual(await storedRefreshToken(relatch, id), null);
    await assertUnharmed(world);
  });
});

Deno.test("two days without HighLevel wipe and uncover nothing", async () => {
  await withWorld({}, async (world) => {
    const { relatch, clock } = world;
    takeAway(relatch);
    relatch.simulator.faults.next({ route: "token", kind: "rate_limited", times: 100_000 });
    await live(relatch, { seconds: 2 * DAY_SECONDS, step: 1800, clock });
    await assertTrue(relatch);
    assert.equal(await stateOf(relatch), "degraded location");
    bringBack(relatch);
    await live(relatch, { seconds: 7200, step: 60, clock });
    await assertUnharmed(world);
  });
});

Deno.test("an agency or location that is paused for a day is neither wiped nor uncovered", async () => {
  await withWorld({}, async (world) => {
    const { relatch, clock } = world;
    const [company] = relatch.simulator.settings.companies;
    assert.ok(company !== undefined);
    company.active = false;
    await live(relatch, { seconds: DAY_SECONDS, step: 1800, clock });
    await assertTrue(relatch);
    company.active = true;
    await live(relatch, { seconds: 7200, step: 600, clock });
    await assertUnharmed(world);
  });
});

Deno.test("a removed install is told from a wrong secret by its details, and by nobody else's fate", async () => {
  await withWorld({}, async ({ relatch, clock, ownId }) => {
    relatch.simulator.webhooks.orders.disorder({ loss: 1 });
    relatch.simulator.uninstall({ locationId: LOCATION_ID });
    await makeDue(relatch.database, [ownId]);
    await live(relatch, { seconds: 60, step: 5, clock });
    assert.equal(await stateOf(relatch), "not_connected null");
    assert.deepEqual((await historyOf(relatch.database, ownId)).slice(-2), [
      "degraded client_rejected",
      "disconnected not_installed",
    ]);
  });
});

Deno.test("a removed install that may not ask for its details is wiped when it is refused again half a day later", async () => {
  const clock = createVirtualClock();
  await using relatch = await createAgencyRelatch(postgres, {
    settings: WITHOUT_DETAILS,
    rotation: { clock },
  });
  const [removed, ...others] = await installLocations(relatch, 6);
  assert.ok(removed !== undefined);
  await settle(relatch);
  relatch.simulator.webhooks.orders.disorder({ loss: 1 });
  relatch.simulator.uninstall({ locationId: removed.locationId });
  await passTime(relatch, 80_000);
  for (let hour = 0; hour < 3; hour++) {
    // Others are accepted while this one is refused.
    await makeDue(relatch.database, others.map(({ id }) => id));
    await live(relatch, { seconds: 1500, step: 30, clock });
  }
  assert.equal(await stateOf(relatch, removed.locationId), "reconnect_required location");
  await live(relatch, { seconds: DAY_SECONDS, step: 600, clock });
  assert.equal(await stateOf(relatch, removed.locationId), "not_connected null");
  assert.deepEqual(await locationHistory(relatch, removed.locationId), [
    "connected marketplace_install",
    "degraded client_rejected",
    "reconnect_required install_revoked",
    "disconnected install_revoked",
  ]);
  for (const { id, locationId } of others) {
    assert.equal(await connectionOf(relatch, locationId), id);
    assert.notEqual(await storedRefreshToken(relatch, id), null);
  }
});

/** UNINSTALL over `POST /webhooks`: what it ends at once, and what it only casts doubt on. */
import assert from "node:assert/strict";
import { COMPANY_ID, installAgency } from "../../support/agency_stage.ts";
import {
  askToken,
  assertTrue,
  connectionOf,
  createAgencyRelatch,
  deliver,
  isWiped,
  live,
  locationHistory,
  logged,
  settle,
  stateOf,
  takeToken,
} from "../../support/agency_scenes.ts";
import {
  assertNothingLost,
  historyOf,
  install,
  passTime,
  refreshCalls,
} from "../../support/rotation_stage.ts";
import { testPostgresForFile } from "../../support/test_postgres.ts";
import { LOCATION_ID, type TestRelatch } from "../../support/test_relatch.ts";
import { createVirtualClock } from "../../support/virtual_clock.ts";

Deno.test.sanitizer({ ops: true, resources: true });
const postgres = testPostgresForFile();

/** Later than everything that a test does. */
const IN_A_WHILE = new Date(Date.now() + 3_600_000).toISOString();

type Who = "agency" | "location";

interface Stage {
  readonly relatch: TestRelatch;
  /** Lets time pass for everybody, and does what is due every few seconds. */
  pass(seconds: number): Promise<void>;
}

/** Something was installed a minute ago. A token was minted for the location, where that is possible. */
async function withStage(installs: readonly Who[], work: (stage: Stage) => Promise<void>): Promise<void> {
  const clock = createVirtualClock();
  await using relatch = await createAgencyRelatch(postgres, { rotation: { clock } });
  for (const who of installs) {
    if (who === "agency") await installAgency(relatch);
    else await install(relatch, LOCATION_ID);
  }
  await settle(relatch);
  if (installs.includes("agency")) await relatch.upkeep.minter.mintNow(await connectionOf(relatch));
  await live(relatch, { seconds: 60, clock });
  await work({ relatch, pass: (seconds) => live(relatch, { seconds, step: 5, clock }) });
}

for (const accessTokensAfterUninstall of ["live", "dead"] as const) {
  Deno.test(`UNINSTALL ends a location's own install at once, without a call (access tokens ${accessTokensAfterUninstall})`, async () => {
    await withStage(["location"], async ({ relatch }) => {
      relatch.simulator.switches.accessTokensAfterUninstall = accessTokensAfterUninstall;
      relatch.simulator.uninstall({ locationId: LOCATION_ID });
      const calls = relatch.simulator.ledger.apiCalls().length;
      await settle(relatch);
      await assertGone(relatch);
      assert.equal((await locationHistory(relatch)).at(-1), "disconnected uninstall_webhook");
      assert.deepEqual([refreshCalls(relatch), relatch.simulator.ledger.apiCalls().length], [0, calls]);
    });
  });

  Deno.test(`UNINSTALL ends a covered location at once (access tokens ${accessTokensAfterUninstall})`, async () => {
    await withStage(["agency"], async ({ relatch }) => {
      relatch.simulator.switches.accessTokensAfterUninstall = accessTokensAfterUninstall;
      relatch.simulator.uninstall({ locationId: LOCATION_ID });
      await settle(relatch);
      await assertGone(relatch);
      assert.equal((await locationHistory(relatch)).at(-1), "uncovered uninstall_webhook");
      assert.equal(refreshCalls(relatch), 0);
    });
  });

  for (const uninstalledRefresh of ["invalid_client", "invalid_grant"] as const) {
    const behaviour = `${uninstalledRefresh}, access tokens ${accessTokensAfterUninstall}`;
    Deno.test(`UNINSTALL ends both installs of a location within a minute (${behaviour})`, async () => {
      await withStage(["agency", "location"], async ({ relatch, pass }) => {
        Object.assign(relatch.simulator.switches, { accessTokensAfterUninstall, uninstalledRefresh });
        relatch.simulator.uninstall({ locationId: LOCATION_ID });
        await pass(60);
        await assertGone(relatch);
        assert.ok((await locationHistory(relatch)).includes("uncovered uninstall_webhook"));
      });
    });
  }
}

async function assertGone(relatch: TestRelatch): Promise<void> {
  assert.equal(await stateOf(relatch), "not_connected null");
  assert.deepEqual(await askToken(relatch), { ok: false, failure: { reason: "not_connected" } });
  assert.ok(await isWiped(relatch, await connectionOf(relatch)));
  await assertTrue(relatch);
}

for (const companyUninstall of ["ends_direct_installs", "keeps_direct_installs"] as const) {
  for (const companyUninstallWebhooks of ["company", "locations", "both"] as const) {
    for (const uninstalledRefresh of ["invalid_client", "invalid_grant"] as const) {
      const behaviour = `${companyUninstall}, ${companyUninstallWebhooks} told, ${uninstalledRefresh}`;
      Deno.test(`UNINSTALL of an agency ends what HighLevel ended (${behaviour})`, async () => {
        await withStage(["agency", "location"], async ({ relatch, pass }) => {
          const { simulator } = relatch;
          Object.assign(simulator.switches, {
            companyUninstall,
            companyUninstallWebhooks,
            uninstalledRefresh,
          });
          simulator.uninstall({ companyId: COMPANY_ID });
          await pass(60);
          // Of an agency that no webhook named, the next listing finds out.
          if (companyUninstallWebhooks === "locations") await pass(120);
          await assertTrue(relatch);
          const isKept = companyUninstall === "keeps_direct_installs";
          assert.equal(await stateOf(relatch), isKept ? "connected location" : "not_connected null");
          if (isKept) await takeToken(relatch);
        });
      });
    }
  }
}

for (const who of ["location", "agency"] as const) {
  Deno.test(`UNINSTALL from before a new install changes nothing and costs one refresh (${who})`, async () => {
    await withStage([who], async ({ relatch, pass }) => {
      const { simulator, database } = relatch;
      simulator.webhooks.orders.next({ kind: "delay", type: "UNINSTALL", delayMs: 60_000 });
      simulator.uninstall(who === "agency" ? { companyId: COMPANY_ID } : { locationId: LOCATION_ID });
      await passTime(relatch, 30);
      if (who === "agency") await installAgency(relatch);
      else await install(relatch, LOCATION_ID);
      const refreshes = refreshCalls(relatch);
      await pass(60);
      assert.equal(logged(relatch, "webhook_done"), who === "agency" ? 7 : 3);
      assert.equal(refreshCalls(relatch), refreshes + 1);
      assert.equal(await stateOf(relatch), who === "agency" ? "connected company" : "connected location");
      await assertTrue(relatch);
      const [row] = await database<{ id: string; doubted: boolean }[]>`
        SELECT id, uninstall_suspected_at IS NOT NULL AS doubted FROM connections
        WHERE refresh_token IS NOT NULL`;
      assert.ok(row !== undefined && !row.doubted);
      assert.equal((await historyOf(database, row.id)).at(-1), "renewed schedule");
      await assertNothingLost(relatch, [{ id: row.id, locationId: who }]);
    });
  });
}

for (const isInstalled of [true, false]) {
  Deno.test(`UNINSTALL without a date is tried on the refresh token of an install that is ${isInstalled ? "there" : "gone"}`, async () => {
    await withStage(["location"], async ({ relatch, pass }) => {
      if (!isInstalled) {
        relatch.simulator.webhooks.orders.next({ kind: "lose" });
        relatch.simulator.uninstall({ locationId: LOCATION_ID });
      }
      await deliver(relatch, { type: "UNINSTALL", locationId: LOCATION_ID });
      await pass(60);
      await assertTrue(relatch);
      assert.equal(await stateOf(relatch), isInstalled ? "connected location" : "not_connected null");
      assert.equal(refreshCalls(relatch), 1);
    });
  });
}

Deno.test("UNINSTALL of a covered location that HighLevel's list contradicts leaves it covered", async () => {
  await withStage(["agency"], async ({ relatch }) => {
    await deliver(relatch, { type: "UNINSTALL", locationId: LOCATION_ID, timestamp: IN_A_WHILE });
    await settle(relatch);
    assert.equal(await stateOf(relatch), "connected company");
    await assertTrue(relatch);
    await takeToken(relatch);
  });
});

Deno.test("UNINSTALL that comes three times ends the install once, and not the one after it", async () => {
  await withStage(["location"], async ({ relatch, pass }) => {
    relatch.simulator.webhooks.orders.next({
      kind: "duplicate",
      type: "UNINSTALL",
      copies: 2,
      delayMs: 60_000,
    });
    relatch.simulator.uninstall({ locationId: LOCATION_ID });
    await settle(relatch);
    await passTime(relatch, 30);
    await install(relatch, LOCATION_ID);
    await pass(120);
    assert.equal(await stateOf(relatch), "connected location");
    assert.deepEqual(await locationHistory(relatch), [
      "connected marketplace_install",
      "disconnected uninstall_webhook",
      "reauthorized marketplace_install",
    ]);
    assert.equal(refreshCalls(relatch), 0);
  });
});

Deno.test("UNINSTALL of a location or agency that nothing is known of changes nothing", async () => {
  await withStage(["agency", "location"], async ({ relatch }) => {
    const timestamp = IN_A_WHILE;
    await deliver(relatch, { type: "UNINSTALL", locationId: "LocationNotThere0001", timestamp });
    await deliver(relatch, { type: "UNINSTALL", companyId: "CompanyNotThere00001", timestamp });
    await settle(relatch);
    await assertTrue(relatch);
  });
});

for (const who of ["agency", "location"] as const) {
  Deno.test(`UNINSTALL and INSTALL in the wrong order end with what is installed (${who})`, async () => {
    await withStage([who], async ({ relatch, pass }) => {
      const { simulator } = relatch;
      simulator.webhooks.orders.next({ kind: "reorder", type: "UNINSTALL", behind: 2 });
      simulator.uninstall(who === "agency" ? { companyId: COMPANY_ID } : { locationId: LOCATION_ID });
      await passTime(relatch, 30);
      if (who === "agency") await installAgency(relatch);
      else await install(relatch, LOCATION_ID);
      await pass(120);
      await assertTrue(relatch);
    });
  });
}

/** Something else happens to the same connection at every step of a rotation: whoever came in between has won. */
import assert from "node:assert/strict";
import { wipeConnection } from "../../../server/connections/wipe_connection.ts";
import type { RotationStep } from "../../../server/rotation/steps.ts";
import {
  assertNothingLost,
  createSecondProcess,
  historyOf,
  install,
  installLocation,
  lookOnce,
  makeDue,
  passTime,
  type StagedConnection,
  storedRefreshToken,
  viewRow,
} from "../../support/rotation_stage.ts";
import { testPostgresForFile } from "../../support/test_postgres.ts";
import { createTestRelatch, type TestRelatch } from "../../support/test_relatch.ts";

Deno.test.sanitizer({ ops: true, resources: true });
const postgres = testPostgresForFile();

type Intrusion = (stage: Stage) => Promise<unknown>;

interface Stage {
  readonly relatch: TestRelatch;
  readonly connection: StagedConnection;
}

const reauthorise: Intrusion = ({ relatch, connection }) => install(relatch, connection.locationId);

const uninstall: Intrusion = ({ relatch, connection }) => {
  relatch.simulator.endInstalls({ resourceId: connection.locationId, reason: "uninstalled" });
  return relatch.database.begin((tx) =>
    wipeConnection(tx, { connectionId: connection.id, cause: "uninstalled", actor: "highlevel" })
  );
};

/** A rotation of a due connection, with `intrusion` at the first time that `step` is reached. */
async function rotateWith(
  { step, intrusion, prepare, run }: {
    step: RotationStep;
    intrusion: Intrusion;
    prepare?: (stage: Stage) => void;
    run: (stage: Stage) => Promise<void>;
  },
): Promise<void> {
  let atStep = async (_reached: RotationStep): Promise<void> => {};
  await using relatch = await createTestRelatch(postgres, {
    rotation: { reach: (reached) => atStep(reached) },
  });
  const connection = await installLocation(relatch);
  const stage = { relatch, connection };
  await passTime(relatch, 80_000);
  prepare?.(stage);
  let hasStruck = false;
  atStep = async (reached) => {
    if (reached !== step || hasStruck) return;
    hasStruck = true;
    await intrusion(stage);
  };
  await lookOnce(relatch);
  assert.ok(hasStruck, `The rotation did not come to "${step}"`);
  await run(stage);
}

for (const step of ["claiming", "claimed", "answered", "storing", "stored"] as const) {
  for (const secondInstall of ["keeps_older", "ends_older"] as const) {
    Deno.test(`re-authorising at "${step}" wins over the rotation (HighLevel ${secondInstall})`, async () => {
      await rotateWith({
        step,
        intrusion: reauthorise,
        prepare: ({ relatch }) => relatch.simulator.switches.secondInstall = secondInstall,
        async run({ relatch, connection }) {
          const { problemCode, isClaimed } = await viewRow(relatch.database, connection.id);
          assert.deepEqual([problemCode, isClaimed], [null, false]);
          const head = relatch.simulator.ledger.headOf(connection.locationId);
          assert.equal(await storedRefreshToken(relatch, connection.id), head);
          assert.equal(
            (await historyOf(relatch.database, connection.id)).at(-1),
            "reauthorized marketplace_install",
          );
          // It lives on: the next day's rotation works.
          await passTime(relatch, 80_000);
          await lookOnce(relatch);
          assert.equal((await viewRow(relatch.database, connection.id)).problemCode, null);
          await assertNothingLost(relatch, [connection]);
        },
      });
    });
  }

  for (const uninstalledRefresh of ["invalid_client", "invalid_grant"] as const) {
    Deno.test(`an uninstall at "${step}" is not undone by the rotation (${uninstalledRefresh})`, async () => {
      await rotateWith({
        step,
        intrusion: uninstall,
        prepare: ({ relatch }) => relatch.simulator.switches.uninstalledRefresh = uninstalledRefresh,
        async run({ relatch, connection }) {
          assert.equal(await storedRefreshToken(relatch, connection.id), null);
          const [row] = await relatch.database`
            SELECT num_nonnulls(access_token, previous_refresh_token, next_refresh_at, lease_id, problem_code)
              AS left FROM connections`;
          assert.equal(row?.left, 0);
          assert.equal((await historyOf(relatch.database, connection.id)).at(-1), "disconnected uninstalled");
          await passTime(relatch, 80_000);
          await lookOnce(relatch);
          assert.equal(await storedRefreshToken(relatch, connection.id), null);
        },
      });
    });
  }

  Deno.test(`an uninstall and a re-authorisation at "${step}" leave the new tokens`, async () => {
    await rotateWith({
      step,
      intrusion: async (stage) => {
        await uninstall(stage);
        await reauthorise(stage);
      },
      async run({ relatch, connection }) {
        assert.equal(
          await storedRefreshToken(relatch, connection.id),
          relatch.simulator.ledger.headOf(connection.locationId),
        );
        await makeDue(relatch.database, [connection.id]);
        await lookOnce(relatch);
        await assertNothingLost(relatch, [connection]);
      },
    });
  });

  Deno.test(`a re-authorisation and an uninstall at "${step}" leave no tokens`, async () => {
    await rotateWith({
      step,
      intrusion: async (stage) => {
        await reauthorise(stage);
        await uninstall(stage);
      },
      async run({ relatch, connection }) {
        assert.equal(await storedRefreshToken(relatch, connection.id), null);
      },
    });
  });
}

/** Verdicts on the old token that come in after a person connected again. */
const VERDICTS: Readonly<Record<string, (stage: Stage) => void>> = {
  "is refused for good": ({ relatch, connection }) =>
    void relatch.simulator.endInstalls({ resourceId: connection.locationId, reason: "revoked" }),
  "is refused as a client": ({ relatch, connection }) =>
    void relatch.simulator.endInstalls({ resourceId: connection.locationId, reason: "uninstalled" }),
  "is told that it is not active": ({ relatch, connection }) => {
    const location = relatch.simulator.settings.locations.find(({ id }) => id === connection.locationId);
    assert.ok(location);
    location.active = false;
  },
  "is limited": ({ relatch }) => relatch.simulator.faults.next({ route: "token", kind: "rate_limited" }),
};

for (const [verdict, prepare] of Object.entries(VERDICTS)) {
  for (const step of ["answered", "failure_recorded"] as const) {
    Deno.test(`re-authorising at "${step}" wins over a rotation that ${verdict}`, async () => {
      await rotateWith({
        step,
        intrusion: reauthorise,
        prepare,
        async run({ relatch, connection }) {
          const { problemCode, isClaimed } = await viewRow(relatch.database, connection.id);
          assert.deepEqual([problemCode, isClaimed], [null, false]);
          assert.equal(
            await storedRefreshToken(relatch, connection.id),
            relatch.simulator.ledger.headOf(connection.locationId),
          );
        },
      });
    });

    Deno.test(`an uninstall at "${step}" wins over a rotation that ${verdict}`, async () => {
      await rotateWith({
        step,
        intrusion: uninstall,
        prepare,
        async run({ relatch, connection }) {
          assert.equal(await storedRefreshToken(relatch, connection.id), null);
          assert.equal((await viewRow(relatch.database, connection.id)).problemCode, null);
        },
      });
    });
  }
}

Deno.test("a rotation that happens between a person's exchange and its storing does not outlive it", async () => {
  let atExchange = async (): Promise<void> => {};
  await using relatch = await createTestRelatch(postgres, {
    dependencies: {
      fetch: async (input, init) => {
        const request = new Request(input, init);
        const isExchange = (await request.clone().text()).includes("grant_type=authorization_code");
        const response = await relatch.simulator.app.fetch(request);
        if (isExchange) await atExchange();
        return response;
      },
    },
  });
  const connection = await installLocation(relatch);
  await passTime(relatch, 80_000);
  atExchange = () => lookOnce(relatch);
  await install(relatch, connection.locationId);
  assert.deepEqual(await historyOf(relatch.database, connection.id), [
    "connected marketplace_install",
    "renewed schedule",
    "reauthorized marketplace_install",
  ]);
  await makeDue(relatch.database, [connection.id]);
  await lookOnce(relatch);
  await assertNothingLost(relatch, [connection]);
});

for (const step of ["claimed", "answered", "storing"] as const) {
  Deno.test(`a process that hangs at "${step}" is overtaken inside the window, and its late answer does no harm`, async () => {
    const hanging = Promise.withResolvers<void>();
    const hangs = Promise.withResolvers<void>();
    await using relatch = await createTestRelatch(postgres, {
      rotation: {
        reach: async (reached) => {
          if (reached !== step) return;
          hanging.resolve();
          await hangs.promise;
        },
      },
    });
    const connection = await installLocation(relatch);
    await passTime(relatch, 80_000);
    await relatch.rotation.scheduler.look();
    await hanging.promise;
    await passTime(relatch, 11);
    const second = createSecondProcess(relatch);
    await lookOnce({ rotation: second });
    assert.equal((await viewRow(relatch.database, connection.id)).generation, "2");
    const stored = await storedRefreshToken(relatch, connection.id);
    hangs.resolve();
    await relatch.rotation.scheduler.idle();
    assert.equal(await storedRefreshToken(relatch, connection.id), stored);
    assert.equal((await viewRow(relatch.database, connection.id)).generation, "2");
    await second.stop();
    await passTime(relatch, 31);
    await assertNothingLost(relatch, [connection]);
  });
}

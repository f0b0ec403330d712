import assert from "node:assert/strict";
import { wipeConnection } from "../../../server/connections/wipe_connection.ts";
import { DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET } from "../../simulator/default_settings.ts";
import {
  assertNothingLost,
  createSecondProcess,
  expireTokens,
  historyOf,
  installLocations,
  lookOnce,
  makeDue,
  passTime,
  refreshCalls,
  type StagedConnection,
  viewRow,
} from "../../support/rotation_stage.ts";
import { testPostgresForFile } from "../../support/test_postgres.ts";
import { createTestRelatch, type TestRelatch } from "../../support/test_relatch.ts";
import { createVirtualClock, type VirtualClock } from "../../support/virtual_clock.ts";

Deno.test.sanitizer({ ops: true, resources: true });
const postgres = testPostgresForFile();

const WRONG_SECRET = "00000000-0000-4000-8000-000000000000";

interface Stage {
  readonly relatch: TestRelatch;
  readonly clock: VirtualClock;
  readonly connections: readonly StagedConnection[];
  /** Lets time pass for everybody and looks for due connections every second. */
  pass(seconds: number): Promise<void>;
}

async function withStage(count: number, work: (stage: Stage) => Promise<void>): Promise<void> {
  const clock = createVirtualClock();
  await using relatch = await createTestRelatch(postgres, { rotation: { clock } });
  const connections = await installLocations(relatch, count);
  await work({
    relatch,
    clock,
    connections,
    async pass(seconds) {
      for (let passed = 0; passed < seconds; passed += 5) {
        await passTime(relatch, 5);
        clock.advance(5000);
        await lookOnce(relatch);
      }
    },
  });
}

/** The app's secret as HighLevel has it; the tokens stay bound to it. */
function setSecret({ simulator }: TestRelatch, clientSecret: string): void {
  const pairs = simulator.settings.apps[0]?.clientPairs;
  assert.ok(pairs);
  pairs.splice(0, pairs.length, { clientId: DEFAULT_CLIENT_ID, clientSecret });
}

const logged = ({ logLines }: TestRelatch, event: string) =>
  logLines.filter((line) => line.includes(`"event":"${event}"`)).length;
const readiness = async ({ app }: TestRelatch) => {
  const response = await app.request("/readyz");
  return [response.status, await response.json()];
};

Deno.test("wrong client credentials stop all rotation, alarm once, mark nothing broken, and resume by themselves", async () => {
  await withStage(40, async ({ relatch, connections, pass }) => {
    await passTime(relatch, 80_000);
    setSecret(relatch, WRONG_SECRET);
    assert.deepEqual(await readiness(relatch), [200, { status: "ready" }]);
    await pass(600);
    assert.ok(refreshCalls(relatch) < 60, `${refreshCalls(relatch)} calls in ten minutes for 40 connections`);
    assert.equal(logged(relatch, "client_rejected"), 1);
    assert.deepEqual(await readiness(relatch), [503, { status: "not_ready", problem: "client_rejected" }]);
    const states = await relatch.database<{ code: string | null }[]>`
      SELECT DISTINCT problem_code AS code FROM connections`;
    assert.deepEqual(new Set(states.map(({ code }) => code)), new Set([null, "client_rejected"]));

    setSecret(relatch, DEFAULT_CLIENT_SECRET);
    await pass(120);
    assert.equal(logged(relatch, "client_rejected"), 1);
    assert.equal(logged(relatch, "client_rejected_no_more"), 1);
    assert.deepEqual(await readiness(relatch), [200, { status: "ready" }]);
    await pass(1800);
    for (const { id } of connections) {
      const { problemCode, isDue } = await viewRow(relatch.database, id);
      assert.deepEqual([problemCode, isDue], [null, false]);
    }
    await assertNothingLost(relatch, connections);
  });
});

Deno.test("connections whose token ends while the credentials are refused say so", async () => {
  await withStage(5, async ({ relatch, connections, pass }) => {
    await passTime(relatch, 80_000);
    setSecret(relatch, WRONG_SECRET);
    await pass(10);
    await expireTokens(relatch.database, connections.map(({ id }) => id));
    await makeDue(relatch.database, connections.map(({ id }) => id));
    await pass(65);
    for (const { id } of connections) {
      assert.equal((await viewRow(relatch.database, id)).problemCode, "client_rejected");
      assert.equal((await historyOf(relatch.database, id)).at(-1), "degraded client_rejected");
    }
  });
});

Deno.test("one removed install among others stops nobody, and ends in reconnect_required after repeated refusals", async () => {
  await withStage(6, async ({ relatch, connections, pass }) => {
    const [removed, ...others] = connections;
    assert.ok(removed);
    relatch.simulator.endInstalls({ resourceId: removed.locationId, reason: "uninstalled" });
    await passTime(relatch, 80_000);
    await pass(30);
    for (const { id } of others) assert.ok(Number((await viewRow(relatch.database, id)).generation) >= 2);
    assert.equal((await viewRow(relatch.database, removed.id)).problemCode, "client_rejected");
    assert.equal(logged(relatch, "client_rejected"), 0);
    assert.equal((await readiness(relatch))[0], 200);

    // Others go on being accepted; this one is refused time and again.
    for (let hour = 0; hour < 3; hour++) {
      await makeDue(relatch.database, others.map(({ id }) => id));
      await pass(1500);
    }
    assert.equal((await viewRow(relatch.database, removed.id)).problemCode, "install_revoked");
    assert.deepEqual(await historyOf(relatch.database, removed.id), [
      "connected marketplace_install",
      "degraded client_rejected",
      "reconnect_required install_revoked",
    ]);
    assert.equal(logged(relatch, "client_rejected"), 0);
    await assertNothingLost(relatch, others);
  });
});

Deno.test("many installs that are removed at once do not keep the others from being renewed", async () => {
  await withStage(20, async ({ relatch, connections, pass }) => {
    const [removed, others] = [connections.slice(0, 12), connections.slice(12)];
    for (const { locationId } of removed) {
      relatch.simulator.endInstalls({ resourceId: locationId, reason: "uninstalled" });
    }
    await passTime(relatch, 80_000);
    await pass(900);
    for (const { id } of others) {
      const { generation, problemCode } = await viewRow(relatch.database, id);
      assert.ok(Number(generation) >= 2);
      assert.equal(problemCode, null);
    }
    await assertNothingLost(relatch, others);
  });
});

Deno.test("people who want to see it tried do not hasten the verdict on an install that is refused alone", async () => {
  await withStage(4, async ({ relatch, connections, pass }) => {
    const [removed, ...others] = connections;
    assert.ok(removed);
    relatch.simulator.endInstalls({ resourceId: removed.locationId, reason: "uninstalled" });
    await passTime(relatch, 80_000);
    await pass(20);
    for (let round = 0; round < 20; round++) {
      await pass(10);
      for (const { id } of others) await relatch.rotation.rotator.refreshNow(id);
      await relatch.rotation.rotator.refreshNow(removed.id);
      assert.equal((await viewRow(relatch.database, removed.id)).problemCode, "client_rejected");
    }
  });
});

Deno.test("tokens of another client pair are the operator's matter, and marked as broken by nobody", async () => {
  await withStage(5, async ({ relatch, connections }) => {
    const clientId = `${DEFAULT_CLIENT_ID.split("-")[0]}-zzzzzzzz`;
    const clientSecret = "11111111-1111-4111-8111-111111111111";
    relatch.simulator.settings.apps[0]?.clientPairs.push({ clientId, clientSecret });
    const highlevel = { ...relatch.config.highlevel, clientId, clientSecret };
    const clock = createVirtualClock();
    const moved = createSecondProcess({ ...relatch, config: { ...relatch.config, highlevel } }, { clock });
    const [, ...left] = connections;
    const newPair = await relatch.database`
      UPDATE connections SET client_id = ${clientId} WHERE id = ${connections[0]?.id ?? ""} RETURNING id`;
    assert.equal(newPair.length, 1);
    await passTime(relatch, 80_000);
    for (let passed = 0; passed < 3 * 3600; passed += 60) {
      await passTime(relatch, 60);
      clock.advance(60_000);
      // The one of the new pair goes on being accepted, as after a person connected it again.
      moved.gate.settle(moved.gate.begin(), { kind: "accepted", claimedAt: await databaseNow(relatch) });
      await lookOnce({ rotation: moved });
    }
    for (const { id } of left) {
      assert.equal((await viewRow(relatch.database, id)).problemCode, "client_rejected");
    }
    assert.equal(moved.gate.shutFor(), null);
    await moved.stop();
    // The operator puts the old pair back.
    await makeDue(relatch.database, left.map(({ id }) => id));
    await lookOnce(relatch);
    for (const { id } of left) assert.equal((await viewRow(relatch.database, id)).problemCode, null);
    await assertNothingLost(relatch, left);
  });
});

async function databaseNow({ database }: TestRelatch): Promise<Date> {
  const [row] = await database<{ now: Date }[]>`SELECT now()`;
  assert.ok(row);
  return row.now;
}

Deno.test("refresh tokens that are refused for everybody at once are tried again once HighLevel is itself again", async () => {
  let isBroken = false;
  const clock = createVirtualClock();
  await using relatch = await createTestRelatch(postgres, {
    rotation: { clock },
    dependencies: {
      fetch: async (input, init) =>
        isBroken
          ? Response.json({ statusCode: 400, message: "Invalid grant: refresh token is invalid" }, {
            status: 400,
          })
          : await relatch.simulator.app.fetch(new Request(input, init)),
    },
  });
  const connections = await installLocations(relatch, 40);
  const pass = async (seconds: number) => {
    for (let passed = 0; passed < seconds; passed += 5) {
      await passTime(relatch, 5);
      clock.advance(5000);
      await lookOnce(relatch);
    }
  };
  await passTime(relatch, 80_000);
  isBroken = true;
  await pass(300);
  assert.equal(logged(relatch, "tokens_rejected"), 1);
  const [red] = await relatch.database<{ count: number }[]>`
    SELECT count(*)::int AS count FROM connections WHERE problem_code = 'refresh_token_rejected'`;
  assert.ok(red !== undefined && red.count <= 16, `${red?.count} of 40 were given up`);
  isBroken = false;
  await pass(600);
  for (const { id } of connections) assert.equal((await viewRow(relatch.database, id)).problemCode, null);
  await assertNothingLost(relatch, connections);
});

Deno.test("the only connection that is refused alarms the operator and is not given up", async () => {
  await withStage(1, async ({ relatch, connections, pass }) => {
    const [only] = connections;
    assert.ok(only);
    relatch.simulator.endInstalls({ resourceId: only.locationId, reason: "uninstalled" });
    await passTime(relatch, 80_000);
    await pass(7200);
    assert.equal((await viewRow(relatch.database, only.id)).problemCode, "client_rejected");
    assert.equal(logged(relatch, "client_rejected"), 1);
    assert.equal((await readiness(relatch))[0], 503);
  });
});

Deno.test("the only connection that was refused alarms nobody any more once it is known to be uninstalled", async () => {
  await withStage(1, async ({ relatch, connections, pass }) => {
    const [only] = connections;
    assert.ok(only);
    relatch.simulator.endInstalls({ resourceId: only.locationId, reason: "uninstalled" });
    await passTime(relatch, 80_000);
    await pass(600);
    assert.equal((await readiness(relatch))[0], 503);
    await relatch.database.begin((tx) =>
      wipeConnection(tx, { connectionId: only.id, cause: "test", actor: "test" })
    );
    await pass(60);
    assert.deepEqual(await readiness(relatch), [200, { status: "ready" }]);
    assert.equal(logged(relatch, "client_rejected_no_more"), 1);
  });
});

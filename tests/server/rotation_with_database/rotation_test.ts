import assert from "node:assert/strict";
import { tokenContext } from "../../../server/connections/token_context.ts";
import { open } from "../../../server/crypto/seal.ts";
import type { FaultOrder } from "../../simulator/faults.ts";
import {
  assertNothingLost,
  historyOf,
  install,
  installLocation,
  installLocations,
  lookOnce,
  makeDue,
  passTime,
  refreshCalls,
  type StagedConnection,
  storedRefreshToken,
  viewRow,
} from "../../support/rotation_stage.ts";
import { testPostgresForFile } from "../../support/test_postgres.ts";
import { createVirtualClock } from "../../support/virtual_clock.ts";
import { connect, createTestRelatch, readStatus, type TestRelatch } from "../../support/test_relatch.ts";

Deno.test.sanitizer({ ops: true, resources: true });
const postgres = testPostgresForFile();

async function stage(relatch: TestRelatch): Promise<StagedConnection> {
  const connection = await installLocation(relatch);
  await passTime(relatch, 80_000);
  return connection;
}

Deno.test("a due connection is renewed: new tokens, a new day, one generation more, the old refresh token kept sealed", async () => {
  await using relatch = await createTestRelatch(postgres);
  const connection = await stage(relatch);
  const before = await storedRefreshToken(relatch, connection.id);
  await lookOnce(relatch);
  const after = await storedRefreshToken(relatch, connection.id);
  assert.notEqual(after, before);
  const [row] = await relatch.database<
    { previous: Uint8Array; life: number; due: number; generation: string; clean: boolean }[]
  >`
    SELECT previous_refresh_token AS previous, generation,
      extract(epoch FROM access_token_expires_at - now())::float8 AS life,
      extract(epoch FROM next_refresh_at - now())::float8 AS due,
      num_nonnulls(lease_id, lease_expires_at, rotation_started_at, problem_code) = 0 AS clean
    FROM connections`;
  assert.ok(row);
  const context = tokenContext(connection.id, "previous_refresh_token");
  assert.equal(open(relatch.keys, row.previous, context), before);
  assert.ok(row.life > 86_300 && row.life <= 86_400);
  assert.ok(row.due > 86_300 * 5 / 6 && row.due < 86_400 * 11 / 12);
  assert.deepEqual([row.generation, row.clean], ["2", true]);
  assert.deepEqual(await historyOf(relatch.database, connection.id), [
    "connected marketplace_install",
    "renewed schedule",
  ]);
  assert.equal(refreshCalls(relatch), 1);
  await assertNothingLost(relatch, [connection]);
});

Deno.test("a connection that is not due is left alone", async () => {
  await using relatch = await createTestRelatch(postgres);
  await installLocations(relatch, 1);
  await passTime(relatch, 71_000);
  await lookOnce(relatch);
  assert.equal(refreshCalls(relatch), 0);
});

/** Answers that were lost after HighLevel had rotated: the same token is presented again inside its window. */
const LOST: readonly Omit<FaultOrder, "route">[] = [
  { kind: "lost_answer" },
  { kind: "lost_answer", times: 3 },
  { kind: "damaged_json" },
  { kind: "wrong_content_type" },
  { kind: "bad_gateway_html", performed: true },
  { kind: "server_error_json", performed: true, times: 2 },
];

for (const fault of LOST) {
  const times = fault.times ?? 1;
  Deno.test(`a rotation survives ${fault.kind} ${times === 1 ? "once" : `${times} times`}`, async () => {
    await using relatch = await createTestRelatch(postgres);
    const connection = await stage(relatch);
    relatch.simulator.faults.next({ route: "token", ...fault });
    await lookOnce(relatch);
    assert.deepEqual(await viewRow(relatch.database, connection.id), {
      generation: "2",
      problemCode: null,
      isClaimed: false,
      failures: 0,
      isDue: false,
      isScheduled: true,
    });
    await passTime(relatch, 31);
    await assertNothingLost(relatch, [connection]);
  });
}

/** Answers that say that nothing was rotated: the connection is degraded, and heals at the next try. */
const TRANSIENT: readonly (Omit<FaultOrder, "route"> & { readonly code: string })[] = [
  { kind: "rate_limited", code: "rate_limited" },
  { kind: "rate_limited", retryAfterSeconds: 90, code: "rate_limited" },
];

for (const { code, ...fault } of TRANSIENT) {
  Deno.test(`${fault.kind}${fault.retryAfterSeconds ? " with Retry-After" : ""} makes a connection degraded until the next try`, async () => {
    const clock = createVirtualClock();
    await using relatch = await createTestRelatch(postgres, { rotation: { clock } });
    const connection = await stage(relatch);
    relatch.simulator.faults.next({ route: "token", ...fault });
    await lookOnce(relatch);
    const row = await viewRow(relatch.database, connection.id);
    assert.deepEqual([row.problemCode, row.failures, row.isClaimed, row.isDue], [code, 1, false, false]);
    if (fault.retryAfterSeconds !== undefined) {
      await passTime(relatch, fault.retryAfterSeconds - 5);
      assert.equal((await viewRow(relatch.database, connection.id)).isDue, false);
    }
    await passTime(relatch, 120);
    clock.advance(10_000);
    await lookOnce(relatch);
    assert.equal((await viewRow(relatch.database, connection.id)).problemCode, null);
    assert.deepEqual(await historyOf(relatch.database, connection.id), [
      "connected marketplace_install",
      `degraded ${code}`,
      "recovered schedule",
    ]);
    await assertNothingLost(relatch, [connection]);
  });
}

Deno.test("an inactive location is paused with its token kept, tried slowly, and resumes by itself", async () => {
  await using relatch = await createTestRelatch(postgres);
  const connection = await stage(relatch);
  const before = await storedRefreshToken(relatch, connection.id);
  const location = relatch.simulator.settings.locations.find(({ id }) => id === connection.locationId);
  assert.ok(location);
  location.active = false;
  await lookOnce(relatch);
  assert.equal((await viewRow(relatch.database, connection.id)).problemCode, "location_inactive");
  assert.equal(await storedRefreshToken(relatch, connection.id), before);
  await passTime(relatch, 1700);
  await lookOnce(relatch);
  assert.equal(refreshCalls(relatch), 1);
  await passTime(relatch, 2000);
  await lookOnce(relatch);
  assert.equal(refreshCalls(relatch), 2);
  location.active = true;
  await passTime(relatch, 3700);
  await lookOnce(relatch);
  assert.equal((await viewRow(relatch.database, connection.id)).problemCode, null);
  assert.deepEqual(await historyOf(relatch.database, connection.id), [
    "connected marketplace_install",
    "paused location_inactive",
    "recovered schedule",
  ]);
  await assertNothingLost(relatch, [connection]);
});

Deno.test("a refused refresh token ends in reconnect_required, is never presented again, and connecting again heals it", async () => {
  await using relatch = await createTestRelatch(postgres);
  const connection = await stage(relatch);
  relatch.simulator.endInstalls({ resourceId: connection.locationId, reason: "revoked" });
  await lookOnce(relatch);
  assert.deepEqual(await viewRow(relatch.database, connection.id), {
    generation: "1",
    problemCode: "refresh_token_rejected",
    isClaimed: false,
    failures: 1,
    isDue: false,
    isScheduled: false,
  });
  await passTime(relatch, 10 * 86_400);
  await lookOnce(relatch);
  await relatch.rotation.rotator.refreshNow(connection.id);
  assert.equal(refreshCalls(relatch), 1);
  assert.deepEqual(await install(relatch, connection.locationId), connection);
  assert.deepEqual(await historyOf(relatch.database, connection.id), [
    "connected marketplace_install",
    "reconnect_required refresh_token_rejected",
    "reauthorized marketplace_install",
  ]);
  await makeDue(relatch.database, [connection.id]);
  await lookOnce(relatch);
  assert.equal((await viewRow(relatch.database, connection.id)).problemCode, null);
  await assertNothingLost(relatch, [connection]);
});

Deno.test("a stored token that does not open marks the connection for the operator and is not given up", async () => {
  await using relatch = await createTestRelatch(postgres);
  const connection = await stage(relatch);
  const [kept] = await relatch.database`SELECT refresh_token FROM connections`;
  await relatch.database`UPDATE connections SET refresh_token = '\\x0102030405'`;
  await lookOnce(relatch);
  assert.equal((await viewRow(relatch.database, connection.id)).problemCode, "token_unreadable");
  assert.equal(refreshCalls(relatch), 0);
  await relatch.database`UPDATE connections SET refresh_token = ${kept?.refresh_token}`;
  await passTime(relatch, 3700);
  await lookOnce(relatch);
  assert.equal((await viewRow(relatch.database, connection.id)).problemCode, null);
});

Deno.test("an answer with the tokens of another location is not stored", async () => {
  await using relatch = await createTestRelatch(postgres, {
    dependencies: { fetch: (input, init) => swapped(input, init) },
  });
  let isSwapping = false;
  async function swapped(...[input, init]: Parameters<typeof fetch>): Promise<Response> {
    const response = await relatch.simulator.app.fetch(new Request(input, init));
    if (!isSwapping) return response;
    return Response.json({ ...await response.json(), locationId: "someOtherLocation001" });
  }
  const connection = await stage(relatch);
  const before = await storedRefreshToken(relatch, connection.id);
  isSwapping = true;
  await lookOnce(relatch);
  assert.equal(await storedRefreshToken(relatch, connection.id), before);
  assert.equal((await viewRow(relatch.database, connection.id)).problemCode, "highlevel_unavailable");
  assert.ok(relatch.logLines.some((line) => line.includes("refresh_answer_of_another_install")));
});

Deno.test("the status tells the problem, since when, and when Relatch tries again", async () => {
  await using relatch = await createTestRelatch(postgres);
  const { token, connection } = await connect(relatch);
  assert.ok(connection.connectionId !== null);
  relatch.simulator.faults.next({ route: "token", kind: "rate_limited", retryAfterSeconds: 300 });
  await makeDue(relatch.database, [connection.connectionId]);
  await lookOnce(relatch);
  const { state, problem, nextRefreshAt } = await readStatus(relatch.app, token);
  assert.deepEqual([state, problem?.code, problem?.retryAt], ["degraded", "rate_limited", nextRefreshAt]);
  assert.ok(Math.abs(Date.parse(problem?.since ?? "") - Date.now()) < 60_000);
  assert.ok(Date.parse(problem?.retryAt ?? "") > Date.now() + 290_000);
});

Deno.test("a company connection is rotated as one, with its user type", async () => {
  await using relatch = await createTestRelatch(postgres);
  const code = relatch.simulator.issueCode({ installer: "agency" });
  await (await relatch.app.request(`${relatch.config.callbackPath}?code=${code}`)).body?.cancel();
  const [row] = await relatch.database<{ id: string }[]>`SELECT id FROM connections WHERE kind = 'company'`;
  assert.ok(row);
  await passTime(relatch, 80_000);
  await lookOnce(relatch);
  const { generation, problemCode } = await viewRow(relatch.database, row.id);
  assert.deepEqual([generation, problemCode], ["2", null]);
  await assertNothingLost(relatch, [{ id: row.id, locationId: "the company" }]);
});

Deno.test("no log line of any of this holds a credential", async () => {
  await using relatch = await createTestRelatch(postgres);
  const connections = await installLocations(relatch, 4);
  relatch.simulator.faults.next({ route: "token", kind: "lost_answer", grantType: "refresh_token" });
  relatch.simulator.faults.next({ route: "token", kind: "rate_limited", grantType: "refresh_token" });
  relatch.simulator.endInstalls({ resourceId: connections[3]?.locationId ?? "", reason: "revoked" });
  await passTime(relatch, 80_000);
  await lookOnce(relatch);
  assert.ok(relatch.logLines.some((line) => line.includes("refresh_answered")));
  const log = relatch.logLines.join("\n");
  for (const secret of relatch.simulator.ledger.secretsIssued()) assert.ok(!log.includes(secret));
});

Deno.test("a gateway that asks for a day's pause does not silence a connection for a day", async () => {
  let isAway = true;
  const clock = createVirtualClock();
  await using relatch = await createTestRelatch(postgres, {
    rotation: { clock },
    dependencies: {
      fetch: async (input, init) => {
        const request = new Request(input, init);
        const isRefresh = (await request.clone().text()).includes("grant_type=refresh_token");
        return isAway && isRefresh
          ? new Response("<html>", { status: 503, headers: { "retry-after": "86400" } })
          : await relatch.simulator.app.fetch(request);
      },
    },
  });
  const connection = await stage(relatch);
  await lookOnce(relatch);
  assert.equal((await viewRow(relatch.database, connection.id)).problemCode, "highlevel_unavailable");
  isAway = false;
  await passTime(relatch, 900);
  await lookOnce(relatch);
  assert.equal((await viewRow(relatch.database, connection.id)).problemCode, null);
});

import assert from "node:assert/strict";
import {
  abandonClaim,
  claimCanary,
  type ClaimContext,
  claimDue,
  claimFailing,
  claimOne,
  claimUnderWay,
  releaseClaim,
  renewLease,
} from "../../../server/rotation/claim.ts";
import { systemClock } from "../../../server/rotation/rotation_clock.ts";
import {
  installLocation,
  installLocations,
  makeDue,
  passTime,
  viewRow,
} from "../../support/rotation_stage.ts";
import { waitUntil } from "../../support/wait_until.ts";
import { testPostgresForFile } from "../../support/test_postgres.ts";
import { createTestRelatch, type TestRelatch } from "../../support/test_relatch.ts";

Deno.test.sanitizer({ ops: true, resources: true });
const postgres = testPostgresForFile();

/** Claims of a process that has known the database for a while. */
function contextOf({ database }: TestRelatch, isSteady = true): ClaimContext {
  return { database, clock: systemClock, isSteady: () => isSteady };
}

const idsOf = (claims: readonly { connectionId: string }[]) => claims.map(({ connectionId }) => connectionId);

async function generationOf({ database }: TestRelatch, id: string): Promise<string> {
  return (await viewRow(database, id)).generation;
}

Deno.test("claimDue() takes what is due, the longest waiting first, and nothing else", async () => {
  await using relatch = await createTestRelatch(postgres);
  const context = contextOf(relatch);
  const [first, second, third] = await installLocations(relatch, 3);
  assert.ok(first && second && third);
  assert.deepEqual(await claimDue(context, 10), []);
  await makeDue(relatch.database, [second.id]);
  await passTime(relatch, 5);
  await makeDue(relatch.database, [first.id]);
  assert.deepEqual(idsOf(await claimDue(context, 1)), [second.id]);
  assert.deepEqual(idsOf(await claimDue(context, 10)), [first.id]);
  assert.deepEqual(await claimDue(context, 10), []);
  assert.equal((await viewRow(relatch.database, third.id)).isClaimed, false);
});

Deno.test("claimDue() gives every due connection to exactly one of many claimants", async () => {
  await using relatch = await createTestRelatch(postgres);
  const context = contextOf(relatch);
  const connections = await installLocations(relatch, 60);
  await makeDue(relatch.database, connections.map(({ id }) => id));
  const bunches = await Promise.all(Array.from({ length: 30 }, () => claimDue(context, 7)));
  const claimed = [...idsOf(bunches.flat()), ...idsOf(await claimDue(context, 100))];
  assert.equal(claimed.length, 60);
  assert.equal(new Set(claimed).size, 60);
});

Deno.test("claimUnderWay() follows a crashed holder as soon as the lease ends, in the same window", async () => {
  await using relatch = await createTestRelatch(postgres);
  const context = contextOf(relatch, false);
  const connection = await installLocation(relatch);
  await makeDue(relatch.database, [connection.id]);
  const [crashed] = await claimDue(context, 1);
  assert.equal(crashed?.secondsSinceStart, 0);
  await passTime(relatch, 9);
  assert.deepEqual(await claimUnderWay(context, 1), []);
  await passTime(relatch, 1.5);
  assert.deepEqual(await claimDue(context, 1), []);
  const [taken] = await claimUnderWay(context, 1);
  assert.ok(taken !== undefined && taken.leaseId !== crashed?.leaseId);
  assert.ok(taken.secondsSinceStart >= 10.5 && taken.secondsSinceStart < 15);
});

Deno.test("a claim that is abandoned is taken over at once, and a released one is as if it had not been", async () => {
  await using relatch = await createTestRelatch(postgres);
  const context = contextOf(relatch);
  const connection = await installLocation(relatch);
  await makeDue(relatch.database, [connection.id]);
  const [claim] = await claimDue(context, 1);
  assert.ok(claim);
  await abandonClaim(context, claim);
  const [taken] = await claimUnderWay(context, 1);
  assert.ok(taken);
  await releaseClaim(context, claim);
  assert.equal((await viewRow(relatch.database, connection.id)).isClaimed, true, "it is the other's by now");
  await releaseClaim(context, taken);
  const { isClaimed, isDue } = await viewRow(relatch.database, connection.id);
  assert.deepEqual([isClaimed, isDue], [false, true]);
});

Deno.test("an unresolved rotation whose window has passed is left alone for two minutes, then starts afresh", async () => {
  await using relatch = await createTestRelatch(postgres);
  const connection = await installLocation(relatch);
  const { id } = connection;
  await passTime(relatch, 90_000);
  const context = contextOf(relatch);
  await claimDue(context, 1);
  const one = { connectionId: id, generation: await generationOf(relatch, id), force: true };
  await passTime(relatch, 26);
  for (const nobody of [await claimUnderWay(context, 1), await claimDue(context, 1)]) {
    assert.deepEqual(nobody, []);
  }
  for (
    const nobody of [await claimOne(context, one), await claimCanary(context), await claimFailing(context)]
  ) {
    assert.equal(nobody, undefined);
  }
  await passTime(relatch, 95);
  await databaseIsOldEnough(relatch);
  assert.deepEqual(await claimUnderWay(contextOf(relatch, false), 1), [], "the database has just come back");
  const [claim] = await claimUnderWay(context, 1);
  assert.equal(claim?.secondsSinceStart, 0);
});

Deno.test("an unresolved rotation is left alone for a quarter of an hour while its access token lives", async () => {
  await using relatch = await createTestRelatch(postgres);
  const connection = await installLocation(relatch);
  const context = contextOf(relatch);
  await makeDue(relatch.database, [connection.id]);
  await claimDue(context, 1);
  await databaseIsOldEnough(relatch);
  await passTime(relatch, 800);
  assert.deepEqual(await claimUnderWay(context, 1), []);
  await passTime(relatch, 110);
  assert.equal((await claimUnderWay(context, 1)).length, 1);
});

/** Right after its start, those who have answers go first. */
async function databaseIsOldEnough({ database }: TestRelatch): Promise<void> {
  await waitUntil(
    async () => {
      const [row] = await database`SELECT pg_postmaster_start_time() < now() - interval '15 seconds' AS old`;
      return row?.old === true;
    },
    "the database is old enough",
    20_000,
  );
}

Deno.test("claimOne() takes a connection that is not due, once, and only in the generation that the caller saw", async () => {
  await using relatch = await createTestRelatch(postgres);
  const context = contextOf(relatch);
  const connection = await installLocation(relatch);
  const generation = await generationOf(relatch, connection.id);
  const one = { connectionId: connection.id, force: false };
  assert.equal(await claimOne(context, { ...one, generation: "99" }), undefined);
  const claims = await Promise.all(
    Array.from({ length: 10 }, () => claimOne(context, { ...one, generation })),
  );
  assert.equal(claims.filter((claim) => claim !== undefined).length, 1);
});

Deno.test("claimOne() does not wait for a row that somebody has locked", async () => {
  await using relatch = await createTestRelatch(postgres);
  const connection = await installLocation(relatch);
  const { id } = connection;
  const one = { connectionId: id, generation: await generationOf(relatch, id), force: false };
  await relatch.database.begin(async (tx) => {
    await tx`SELECT id FROM connections WHERE id = ${id} FOR UPDATE`;
    assert.equal(await claimOne(contextOf(relatch), one), undefined);
  });
});

Deno.test("claimOne() waits for the pause after a failure unless it is forced, and then not within five seconds", async () => {
  await using relatch = await createTestRelatch(postgres);
  const context = contextOf(relatch);
  const connection = await installLocation(relatch);
  const one = { connectionId: connection.id, generation: await generationOf(relatch, connection.id) };
  await relatch.database`
    UPDATE connections SET problem_code = 'highlevel_unavailable', problem_since = now(), updated_at = now()`;
  assert.equal(await claimOne(context, { ...one, force: false }), undefined);
  assert.equal(await claimOne(context, { ...one, force: true }), undefined);
  await passTime(relatch, 6);
  assert.equal(await claimOne(context, { ...one, force: false }), undefined);
  assert.ok(await claimOne(context, { ...one, force: true }) !== undefined);
});

Deno.test("renewLease() holds on only for the holder, and only inside the window", async () => {
  await using relatch = await createTestRelatch(postgres);
  const context = contextOf(relatch);
  const connection = await installLocation(relatch);
  await makeDue(relatch.database, [connection.id]);
  const [claim] = await claimDue(context, 1);
  assert.ok(claim);
  await passTime(relatch, 9);
  assert.equal(await renewLease(context, claim), true);
  await passTime(relatch, 9);
  assert.deepEqual(await claimUnderWay(context, 1), []);
  await passTime(relatch, 2);
  const [taken] = await claimUnderWay(context, 1);
  assert.ok(taken);
  assert.equal(await renewLease(context, claim), false);
  assert.equal(await renewLease(context, taken), true);
  await passTime(relatch, 6);
  assert.equal(await renewLease(context, taken), false);
});

Deno.test("claimCanary() takes a connection that is well, due or not, and claimFailing() one that is not", async () => {
  await using relatch = await createTestRelatch(postgres);
  const context = contextOf(relatch);
  const [troubled, well] = await installLocations(relatch, 2);
  assert.ok(troubled && well);
  await relatch.database`
    UPDATE connections SET problem_code = 'client_rejected', problem_since = now(), failures = 1
    WHERE id = ${troubled.id}`;
  assert.equal((await claimCanary(context))?.connectionId, well.id);
  assert.equal(await claimCanary(context), undefined);
  assert.equal((await claimFailing(context))?.connectionId, troubled.id);
  assert.equal(await claimFailing(context), undefined);
});

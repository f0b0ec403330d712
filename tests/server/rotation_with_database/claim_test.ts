import assert from "node:assert/strict";
import { claimCanary, claimDue, claimOne, renewLease } from "../../../server/rotation/claim.ts";
import { expireTokens, installLocations, makeDue, passTime, viewRow } from "../../support/rotation_stage.ts";
import { testPostgresForFile } from "../../support/test_postgres.ts";
import { createTestRelatch, type TestRelatch } from "../../support/test_relatch.ts";

Deno.test.sanitizer({ ops: true, resources: true });
const postgres = testPostgresForFile();

async function generationOf({ database }: TestRelatch, id: string): Promise<string> {
  return (await viewRow(database, id)).generation;
}

Deno.test("claimDue() takes what is due, the longest waiting first, and nothing else", async () => {
  await using relatch = await createTestRelatch(postgres);
  const { database } = relatch;
  const [first, second, third] = await installLocations(relatch, 3);
  assert.ok(first && second && third);
  assert.deepEqual(await claimDue(database, 10), []);
  await makeDue(database, [second.id]);
  await passTime(relatch, 5);
  await makeDue(database, [first.id]);
  const claims = await claimDue(database, 1);
  assert.deepEqual(claims.map(({ connectionId }) => connectionId), [second.id]);
  assert.deepEqual((await claimDue(database, 10)).map(({ connectionId }) => connectionId), [first.id]);
  assert.deepEqual(await claimDue(database, 10), []);
  assert.equal((await viewRow(database, third.id)).isClaimed, false);
});

Deno.test("claimDue() gives every due connection to exactly one of many claimants", async () => {
  await using relatch = await createTestRelatch(postgres);
  const connections = await installLocations(relatch, 60);
  await makeDue(relatch.database, connections.map(({ id }) => id));
  const bunches = await Promise.all(Array.from({ length: 30 }, () => claimDue(relatch.database, 7)));
  const claimed = bunches.flat().map(({ connectionId }) => connectionId);
  const left = (await claimDue(relatch.database, 100)).map(({ connectionId }) => connectionId);
  assert.equal(new Set([...claimed, ...left]).size, 60);
  assert.equal(claimed.length + left.length, 60);
});

Deno.test("claimDue() follows a crashed holder as soon as the lease ends, in the same window", async () => {
  await using relatch = await createTestRelatch(postgres);
  const [connection] = await installLocations(relatch, 1);
  assert.ok(connection);
  await makeDue(relatch.database, [connection.id]);
  const [crashed] = await claimDue(relatch.database, 1);
  assert.equal(crashed?.secondsSinceStart, 0);
  await passTime(relatch, 9);
  assert.deepEqual(await claimDue(relatch.database, 1), []);
  await passTime(relatch, 1.5);
  const [taken] = await claimDue(relatch.database, 1);
  assert.ok(taken !== undefined && taken.leaseId !== crashed?.leaseId);
  assert.ok(taken.secondsSinceStart >= 10.5 && taken.secondsSinceStart < 15);
});

Deno.test("an unresolved rotation whose window has passed is left alone for two minutes, then starts afresh", async () => {
  await using relatch = await createTestRelatch(postgres);
  const [connection] = await installLocations(relatch, 1);
  assert.ok(connection);
  const { id } = connection;
  await makeDue(relatch.database, [id]);
  await claimDue(relatch.database, 1);
  const one = { connectionId: id, generation: await generationOf(relatch, id), force: true };
  await passTime(relatch, 26);
  assert.deepEqual(await claimDue(relatch.database, 1), []);
  assert.equal(await claimOne(relatch.database, one), undefined);
  assert.equal(await claimCanary(relatch.database), undefined);
  await passTime(relatch, 95);
  const [claim] = await claimDue(relatch.database, 1);
  assert.equal(claim?.secondsSinceStart, 0);
});

Deno.test("claimOne() takes a connection that is not due, once, and only in the generation that the caller saw", async () => {
  await using relatch = await createTestRelatch(postgres);
  const [connection] = await installLocations(relatch, 1);
  assert.ok(connection);
  const generation = await generationOf(relatch, connection.id);
  const one = { connectionId: connection.id, force: false };
  assert.equal(await claimOne(relatch.database, { ...one, generation: "99" }), undefined);
  const claims = await Promise.all(
    Array.from({ length: 10 }, () => claimOne(relatch.database, { ...one, generation })),
  );
  assert.equal(claims.filter((claim) => claim !== undefined).length, 1);
});

Deno.test("claimOne() waits for the pause after a failure unless it is forced, and then not within five seconds", async () => {
  await using relatch = await createTestRelatch(postgres);
  const [connection] = await installLocations(relatch, 1);
  assert.ok(connection);
  const one = { connectionId: connection.id, generation: await generationOf(relatch, connection.id) };
  await relatch.database`
    UPDATE connections SET problem_code = 'highlevel_unavailable', problem_since = now(), updated_at = now()`;
  assert.equal(await claimOne(relatch.database, { ...one, force: false }), undefined);
  assert.equal(await claimOne(relatch.database, { ...one, force: true }), undefined);
  await passTime(relatch, 6);
  assert.equal(await claimOne(relatch.database, { ...one, force: false }), undefined);
  assert.ok(await claimOne(relatch.database, { ...one, force: true }) !== undefined);
});

Deno.test("renewLease() holds on only for the holder", async () => {
  await using relatch = await createTestRelatch(postgres);
  const [connection] = await installLocations(relatch, 1);
  assert.ok(connection);
  await makeDue(relatch.database, [connection.id]);
  const [claim] = await claimDue(relatch.database, 1);
  assert.ok(claim);
  await passTime(relatch, 9);
  assert.equal(await renewLease(relatch.database, claim), true);
  await passTime(relatch, 9);
  assert.deepEqual(await claimDue(relatch.database, 1), []);
  await passTime(relatch, 2);
  assert.equal((await claimDue(relatch.database, 1)).length, 1);
  assert.equal(await renewLease(relatch.database, claim), false);
});

Deno.test("claimCanary() takes a connection that is well, due or not, and none that has trouble", async () => {
  await using relatch = await createTestRelatch(postgres);
  const [troubled, well] = await installLocations(relatch, 2);
  assert.ok(troubled && well);
  await relatch.database`
    UPDATE connections SET problem_code = 'client_rejected', problem_since = now() WHERE id = ${troubled.id}`;
  await expireTokens(relatch.database, [troubled.id]);
  assert.equal((await claimCanary(relatch.database))?.connectionId, well.id);
});

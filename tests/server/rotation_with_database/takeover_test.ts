import assert from "node:assert/strict";
import {
  assertNothingLost,
  createSecondProcess,
  installLocation,
  installLocations,
  lookOnce,
  makeDue,
  passTime,
  viewRow,
} from "../../support/rotation_stage.ts";
import { testPostgresForFile } from "../../support/test_postgres.ts";
import { createTestRelatch, type TestRelatch } from "../../support/test_relatch.ts";
import { createVirtualClock } from "../../support/virtual_clock.ts";

Deno.test.sanitizer({ ops: true, resources: true });
const postgres = testPostgresForFile();

/** A promise that a dead process never keeps, until the test lets it go. */
function death() {
  return Promise.withResolvers<void>();
}

Deno.test("rotations whose process died come before a backlog, however long, and beside a full house", async () => {
  await using relatch = await createTestRelatch(postgres);
  const connections = await installLocations(relatch, 60);
  await passTime(relatch, 100_000);
  const { promise: dead, resolve: bury } = death();
  const dying = createSecondProcess(relatch, { reach: (step) => step === "answered" ? dead : undefined });
  await dying.scheduler.look();
  // HighLevel has rotated 16 tokens, and nobody stored the answers. The other process is full with slow calls.
  const { promise: slow, resolve: answer } = death();
  const busy = createSecondProcess(relatch, { reach: (step) => step === "claimed" ? slow : undefined });
  await busy.scheduler.look();
  await passTime(relatch, 11);
  await busy.scheduler.look();
  const [row] = await relatch.database<{ taken: number }[]>`
    SELECT count(*)::int AS taken FROM connections
    WHERE lease_expires_at > now() AND rotation_started_at < now() - interval '10 seconds'`;
  assert.equal(row?.taken, 4, "four places are kept for them");
  answer();
  await busy.scheduler.idle();
  await lookOnce({ rotation: busy });
  for (let round = 0; round < 8; round++) await lookOnce({ rotation: busy });
  bury();
  await dying.scheduler.idle();
  await Promise.all([dying.stop(), busy.stop()]);
  await assertNothingLost(relatch, connections);
});

/** A process that claims what is due and falls asleep before it presents anything; `wake` lets 45 seconds pass on its clock. */
async function fallAsleepAfterClaim(relatch: TestRelatch): Promise<{ wake(): Promise<void> }> {
  const { promise: asleep, resolve } = death();
  const clock = createVirtualClock();
  const sleeper = createSecondProcess(relatch, {
    reach: (step) => step === "claimed" ? asleep : undefined,
    clock,
  });
  await sleeper.scheduler.look();
  return {
    async wake() {
      clock.advance(45_000);
      resolve();
      await sleeper.scheduler.idle();
      await sleeper.stop();
    },
  };
}

for (const replayOutsideWindow of ["refused", "revokes_family"] as const) {
  Deno.test(`a process that wakes long after its claim presents nothing (HighLevel ${replayOutsideWindow})`, async () => {
    await using relatch = await createTestRelatch(postgres);
    relatch.simulator.switches.replayOutsideWindow = replayOutsideWindow;
    const connections = await installLocations(relatch, 1);
    await passTime(relatch, 80_000);
    const sleeper = await fallAsleepAfterClaim(relatch);
    await passTime(relatch, 11);
    await lookOnce(relatch);
    await passTime(relatch, 34);
    await sleeper.wake();
    await assertNothingLost(relatch, connections);
  });
}

Deno.test("a process that wakes long after a claim that nobody took over puts the connection back as it was", async () => {
  await using relatch = await createTestRelatch(postgres);
  const connection = await installLocation(relatch);
  await passTime(relatch, 80_000);
  const sleeper = await fallAsleepAfterClaim(relatch);
  await passTime(relatch, 45);
  await sleeper.wake();
  const { isClaimed, isDue } = await viewRow(relatch.database, connection.id);
  assert.deepEqual([isClaimed, isDue], [false, true]);
  await lookOnce(relatch);
  await assertNothingLost(relatch, [connection]);
});

Deno.test("a takeover goes on while HighLevel refuses the credentials, and keeps its window when it is refused too", async () => {
  await using relatch = await createTestRelatch(postgres);
  const [refused, crashed] = await installLocations(relatch, 2);
  assert.ok(refused && crashed);
  await makeDue(relatch.database, [crashed.id]);
  const { promise: dead, resolve: bury } = death();
  const dying = createSecondProcess(relatch, { reach: (step) => step === "answered" ? dead : undefined });
  await dying.scheduler.look();
  await passTime(relatch, 11);
  const { gate } = relatch.rotation;
  gate.settle(gate.begin(), { kind: "refused", what: "client", connectionId: refused.id });
  await lookOnce(relatch);
  assert.equal((await viewRow(relatch.database, crashed.id)).generation, "2");
  bury();
  await dying.scheduler.idle();
  await dying.stop();
  await assertNothingLost(relatch, [refused, crashed]);
});

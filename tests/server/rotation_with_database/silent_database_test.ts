/** A database that is away for long, or whose connections fall silent, while HighLevel's answers are in our hands. */
import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { closeDatabase, connectDatabase } from "../../../server/db/connect_database.ts";
import { askWithin } from "../../../server/db/database_unavailable.ts";
import {
  assertNothingLost,
  createSecondProcess,
  installLocations,
  passTime,
  viewRow,
} from "../../support/rotation_stage.ts";
import { testPostgresForFile } from "../../support/test_postgres.ts";
import { createTestRelatch, type TestRelatch } from "../../support/test_relatch.ts";
import { waitUntil } from "../../support/wait_until.ts";

Deno.test.sanitizer({ ops: true, resources: true });
const postgres = testPostgresForFile();

async function storedCount({ database }: TestRelatch): Promise<number> {
  const [row] = await database<{ count: number }[]>`
    SELECT count(*)::int AS count FROM connections WHERE generation = 2`;
  return row?.count ?? 0;
}

for (const replayOutsideWindow of ["refused", "revokes_family"] as const) {
  Deno.test(`after minutes without a database, answers in our hands are stored and no token is presented again (HighLevel ${replayOutsideWindow})`, async () => {
    let isBack = false;
    await using relatch = await createTestRelatch(postgres, {
      proxied: true,
      rotation: {
        reach: (step) => {
          if (step === "answered" && !isBack) relatch.proxy?.refuse();
        },
      },
    });
    relatch.simulator.switches.replayOutsideWindow = replayOutsideWindow;
    const connections = await installLocations(relatch, 12);
    await passTime(relatch, 100_000);
    // Another process beside it, which cannot know who has the answers.
    const second = createSecondProcess(relatch);
    await relatch.rotation.scheduler.look();
    relatch.rotation.start();
    await delay(2500);
    await passTime(relatch, 1000);
    isBack = true;
    relatch.proxy?.resume();
    second.start();
    await waitUntil(async () => await storedCount(relatch) === 12, "all answers are stored");
    await second.stop();
    await assertNothingLost(relatch, connections);
  });
}

Deno.test("connections that fall silent for good are replaced: the rotation goes on, and answers are stored", async () => {
  let answered = 0;
  await using relatch = await createTestRelatch(postgres, {
    proxied: true,
    rotation: {
      reach: (step) => {
        if (step === "answered" && ++answered === 1) relatch.proxy?.freeze();
      },
    },
  });
  const connections = await installLocations(relatch, 20);
  relatch.rotation.start();
  await delay(1500);
  await passTime(relatch, 90_000);
  await waitUntil(async () => await storedCount(relatch) === 20, "all connections are renewed", 45_000);
  await assertNothingLost(relatch, connections);
  assert.equal((await viewRow(relatch.database, connections[0]?.id ?? "")).problemCode, null);
});

Deno.test("renewConnections() ends queries that nobody will answer, and the next one gets an answer", async () => {
  await using relatch = await createTestRelatch(postgres, { proxied: true });
  const { proxy } = relatch;
  assert.ok(proxy);
  const { options } = await postgres.createDatabase();
  const database = connectDatabase({ ...options, port: proxy.port });
  await database`SELECT 1`;
  proxy.freeze();
  const silent = database`SELECT 1`.catch((error: Error) => error);
  await delay(10_500);
  await assert.rejects(askWithin(database, (db) => db`SELECT pg_sleep(1)`, 200), { name: "DatabaseTimeout" });
  assert.equal((await database`SELECT 2 AS two`)[0]?.two, 2);
  assert.ok(await silent instanceof Error);
  await closeDatabase(database);
});

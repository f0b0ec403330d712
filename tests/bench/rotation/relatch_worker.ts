/** Relatch's own rotation in a process: put together as `start_server.ts` does, without the routes. */
import { setTimeout as delay } from "node:timers/promises";
import * as v from "valibot";
import { connectDatabase } from "../../../server/db/connect_database.ts";
import { createSingleUseClient, fetchThrough } from "../../../server/highlevel/single_use_connections.ts";
import { createLogger } from "../../../server/log.ts";
import { openRecoveryJournal } from "../../../server/rotation/recovery_journal.ts";
import { systemClock } from "../../../server/rotation/rotation_clock.ts";
import { createRotation } from "../../../server/rotation/start_rotation.ts";
import { serveTasks, workerSettings } from "../bench_worker.ts";
import { configFor } from "../relatch_database.ts";
import { preciseNow, type RotationRun, RotationSettings } from "./rotation_run.ts";

/** Between looks whether all is done. */
const LOOK_MILLISECONDS = 100;
/** `single_use`: as in the server. `kept_connections`: `fetch` as it comes, for comparison only. */
const Order = v.object({ fetch: v.picklist(["single_use", "kept_connections"]) });

const { settings } = workerSettings(RotationSettings);
const { highlevel, encryptionKeys: keys, databaseUrl } = configFor(settings);
if (keys === undefined || databaseUrl === undefined) {
  throw new Error("Cannot rotate without keys and database");
}
const database = connectDatabase(databaseUrl);
const dataDirectory = await Deno.makeTempDir({ dir: "/tmp", prefix: "relatch-bench-journal-" });
const journal = await openRecoveryJournal({ dataDirectory, keys });
const logger = createLogger({
  level: "info",
  write: (line) => Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`)),
});
const fetches = { single_use: fetchThrough(createSingleUseClient()), kept_connections: fetch };

Deno.addSignalListener("SIGTERM", () => {
  Deno.removeSync(dataDirectory, { recursive: true });
  Deno.exit(0);
});
serveTasks({ rotate: (order) => rotateAll(v.parse(Order, order)) });

async function rotateAll(order: v.InferOutput<typeof Order>): Promise<RotationRun> {
  if (keys === undefined) throw new Error("Cannot rotate without keys");
  let rotations = 0;
  let endedAt = 0;
  const rotation = createRotation({
    app: highlevel,
    keys,
    database,
    fetch: fetches[order.fetch],
    logger,
    journal,
    clock: systemClock,
    random: Math.random,
    reach(step) {
      if (step !== "stored") return;
      rotations += 1;
      endedAt = preciseNow();
    },
  });
  const startedAt = preciseNow();
  rotation.start();
  while (await hasWork()) await delay(LOOK_MILLISECONDS);
  await rotation.stop();
  return { rotations, startedAt, endedAt: Math.max(endedAt, startedAt) };
}

async function hasWork(): Promise<boolean> {
  const [row] = await database<{ busy: boolean }[]>`
    SELECT EXISTS (
      SELECT FROM connections
      WHERE next_refresh_at <= now() OR next_refresh_at < now() + interval '1 minute' AND lease_id IS NOT NULL
    ) AS busy`;
  return row?.busy === true;
}

/** The real server beside a table: how long it takes to start, and its memory while it rotates. */
import { setTimeout as delay } from "node:timers/promises";
import { readMemory } from "../process_usage.ts";
import { type RelatchDatabase, saveInstalls } from "../relatch_database.ts";
import { startServerProcess } from "../server_process.ts";
import type { BenchInstall } from "../simulator/bench_install.ts";

export interface ServerMemory {
  readonly startSeconds: number;
  /** While it rotates at {@linkcode PACE}, and then while it catches up as fast as it can. */
  readonly paced: Stretch;
  readonly hurried: Stretch;
}

/** Some time of a server: its highest memory since its start in MiB, and the rotations of that time. */
export interface Stretch {
  readonly highest: number;
  readonly rotations: number;
}

/** Rotations a second that keep a million connections alive: each is due after 21 hours or so. */
export const PACE = 14;

const LOOK_MILLISECONDS = 500;

/** Only `installs`, which the simulator knows, are due, again and again; for `seconds` at either speed. */
export async function measureServer(
  relatch: RelatchDatabase,
  { installs, seconds }: { installs: readonly BenchInstall[]; seconds: number },
): Promise<ServerMemory> {
  const { database } = relatch;
  await database`
    UPDATE connections SET next_refresh_at = now() + interval '12 hours',
      lease_id = NULL, lease_expires_at = NULL, rotation_started_at = NULL
    WHERE next_refresh_at < now() + interval '10 minutes'`;
  const ids = await saveInstalls(relatch, installs);
  await using server = await startServerProcess(relatch.settings);

  async function rotate(atOnce: number): Promise<Stretch> {
    const before = await countRotations(relatch);
    let next = 0;
    for (const end = performance.now() + seconds * 1000; performance.now() < end;) {
      const due = Array.from({ length: atOnce }, (_, index) => ids[(next + index) % ids.length] ?? "");
      next += atOnce;
      await database`
        UPDATE connections SET next_refresh_at = now()
        WHERE id = ANY(${due}) AND next_refresh_at > now() + interval '1 hour'`;
      await delay(LOOK_MILLISECONDS);
    }
    const { highest } = await readMemory(server.pid);
    return { highest, rotations: await countRotations(relatch) - before };
  }

  return {
    startSeconds: server.startMilliseconds / 1000,
    paced: await rotate(Math.round(PACE * LOOK_MILLISECONDS / 1000)),
    hurried: await rotate(ids.length),
  };
}

async function countRotations({ database }: RelatchDatabase): Promise<number> {
  const [row] = await database<{ rotations: number }[]>`
    SELECT count(*)::int AS rotations FROM connection_events WHERE event = 'renewed'`;
  return row?.rotations ?? 0;
}

/**
 * Ends the database that a killed server left running. It is stopped and started anew rather than adopted: as our own
 * child its end is told to us, and it runs today's programs with today's settings. Costs about 0.2 seconds, once.
 */
import { setTimeout as delay } from "node:timers/promises";
import postgres from "postgres";
import { connectionTo } from "./connect_once.ts";
import { earlierOptions } from "./connection_options.ts";
import type { Cluster } from "./create_cluster.ts";
import { type PostmasterFile, readPostmasterFile, removePostmasterFile } from "./postmaster_file.ts";
import { stopPostmaster } from "./stop_postmaster.ts";

/** How long a database may take to end its start or its stop before we give up. */
const BUSY_SECONDS = 60;
/** How long a process may be between its note and its shared memory, or between giving up that and its note. */
const SETTLE_SECONDS = 3;
const POLL_MILLISECONDS = 50;

/** What answers at the address in `postmaster.pid`. */
type Answer = "this_cluster" | "busy" | "another" | "nobody" | "stuck";

/** What was found: nothing to do, a running database that is stopped now, or a note whose writer is gone. */
export type OrphanOutcome =
  | { readonly state: "none" | "stopped" }
  | { readonly state: "stale"; readonly pid: number };

/**
 * Leaves the cluster without a running database. Call it with the data folder held, so that whoever wrote
 * `postmaster.pid` has no living server. Never signals a process that did not prove to be this cluster's. Throws when a
 * database is there and does not answer.
 */
export async function endOrphan(cluster: Cluster): Promise<OrphanOutcome> {
  const started = performance.now();
  const seconds = (): number => (performance.now() - started) / 1000;
  let stopped = false;
  while (true) {
    const note = await readPostmasterFile(cluster.path);
    if (note === undefined) return { state: stopped ? "stopped" : "none" };
    if (note === "unreadable") {
      // The power failed as it was written: PostgreSQL would refuse to start for ever.
      if (seconds() > SETTLE_SECONDS) await removePostmasterFile(cluster.path);
      await delay(POLL_MILLISECONDS);
      continue;
    }
    const answer = await ask(cluster, note);
    if (answer === "another") return { state: "stale", pid: note.pid };
    if (answer === "nobody" && (isSettled(note) || seconds() > SETTLE_SECONDS)) {
      return { state: "stale", pid: note.pid };
    }
    if (answer === "stuck" || seconds() > BUSY_SECONDS) {
      throw new Error(
        `Could not start the embedded database: the one that an earlier server left in "${cluster.path}" ` +
          `(process ${note.pid}) does not respond: end that process, then start again`,
      );
    }
    if (answer === "this_cluster") {
      await stopPostmaster(cluster, "fast");
      stopped = true;
    }
    await delay(POLL_MILLISECONDS);
  }
}

/** From here on PostgreSQL itself sees, by the shared memory, whether a process still has the cluster. */
function isSettled(note: PostmasterFile): boolean {
  return note.hasSharedMemory && note.status !== "stopping";
}

async function ask(cluster: Cluster, note: PostmasterFile): Promise<Answer> {
  await using connection = connectionTo({ ...await earlierOptions(cluster, note), database: "postgres" });
  try {
    const [row] = await connection.sql<{ data_directory: string }[]>`show data_directory`;
    // A copied data folder brings along a note about the original's database, which must not be touched.
    const same = row !== undefined &&
      await Deno.realPath(row.data_directory) === await Deno.realPath(cluster.path);
    return same ? "this_cluster" : "another";
  } catch (error) {
    return answerOf(error);
  }
}

function answerOf(error: unknown): Answer {
  if (error instanceof postgres.PostgresError) {
    // Starting or stopping (57P), or all connections taken (53300); anything else refuses a stranger.
    return /^(57P|53)/.test(error.code) ? "busy" : "another";
  }
  if (error instanceof Deno.errors.NotFound) return "another";
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "CONNECT_TIMEOUT") return "stuck";
  if (code === "ECONNREFUSED" || code === "ENOENT") return "nobody";
  if (code === "CONNECTION_CLOSED" || code === "ECONNRESET" || code === "EPIPE") return "busy";
  throw error;
}

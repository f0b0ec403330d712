/**
 * Ends the database that a killed server left running. It is stopped and started anew rather than adopted: as our own
 * child its end is told to us, and it runs today's programs with today's settings. Costs about 0.2 seconds, once.
 */
import { setTimeout as delay } from "node:timers/promises";
import { askPostmaster } from "./ask_postmaster.ts";
import { earlierOptions } from "./connection_options.ts";
import type { Cluster } from "./create_cluster.ts";
import { type PostmasterFile, readPostmasterFile, removePostmasterFile } from "./postmaster_file.ts";
import { stopPostmaster } from "./stop_postmaster.ts";

/** How long a database may take to end its start or its stop before we give up. */
const BUSY_SECONDS = 60;
/** How long a process may be between its note and its shared memory, or between giving up that and its note. */
const SETTLE_SECONDS = 3;
const POLL_MILLISECONDS = 50;

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
    const options = { ...await earlierOptions(cluster, note), database: "postgres" };
    const answer = await askPostmaster(options, cluster.path);
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

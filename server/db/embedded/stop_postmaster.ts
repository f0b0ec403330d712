/** Asks a cluster's database to stop, through `pg_ctl`: Deno may signal no process that it did not start. */
import type { Cluster } from "./create_cluster.ts";
import { runProgram } from "./run_program.ts";

/** `fast` ends sessions and leaves a clean cluster; `immediate` leaves the next start to recover it. */
export type StopMode = "fast" | "immediate";

/**
 * Sends the signal and returns without waiting for the end. Works alike on Windows, where a signal of Deno's would kill.
 * Call it only when the process in `postmaster.pid` is known to be this cluster's.
 */
export async function stopPostmaster(cluster: Cluster, mode: StopMode): Promise<void> {
  await runProgram({
    program: cluster.programs.pgCtl,
    args: ["stop", "--pgdata", cluster.path, "--mode", mode, "--no-wait"],
    cwd: cluster.dataDirectory,
    account: cluster.account,
  });
}

/** Reads the database's own log, where a failed start says why once its log collector runs. */
import { join } from "node:path";
import type { Cluster } from "./create_cluster.ts";
import { unlessMissing } from "../unless_missing.ts";

const LINES = 10;

/** The last lines that a process wrote into the current log; empty when there is none. */
export async function readLoggedBy(cluster: Cluster, pid: number): Promise<string> {
  // One line such as "stderr log/postgres-Mon.log".
  const current = await unlessMissing(Deno.readTextFile(join(cluster.path, "current_logfiles"))) ?? "";
  const path = /^stderr (.+)$/m.exec(current)?.[1];
  if (path === undefined) return "";
  const log = await unlessMissing(Deno.readTextFile(join(cluster.path, path))) ?? "";
  return log.split("\n").filter((line) => line.includes(` [${pid}] `)).slice(-LINES).join("\n");
}

/**
 * Makes a new database cluster. It appears under its name only when it is complete, so that an interrupted start leaves
 * nothing that the next one would trust.
 */
import { join } from "node:path";
import { type DatabaseAccount, giveTo } from "./database_account.ts";
import { runProgram } from "./run_program.ts";
import type { DatabasePrograms } from "./runtime_directory.ts";
import { syncDirectory } from "../sync_directory.ts";
import { unlessMissing } from "../unless_missing.ts";

/** The superuser that the server connects as; the database has this name too. */
export const DATABASE_USER = "relatch";
const PASSWORD_FILE = "relatch.password";
const UNFINISHED_PREFIX = "postgres.new-";

/** Where a cluster is, and how its programs run. */
export interface Cluster {
  /** The folder that PostgreSQL calls PGDATA; its parent is the data folder. */
  readonly path: string;
  readonly dataDirectory: string;
  readonly programs: DatabasePrograms;
  readonly account: DatabaseAccount | undefined;
}

/**
 * Makes the cluster unless it exists; tells whether it did. With `durable` it is on disk when this returns. Throws with
 * PostgreSQL's own words when it could not be made.
 */
export async function createCluster(cluster: Cluster, durable: boolean): Promise<boolean> {
  await removeUnfinished(cluster.dataDirectory);
  if (await unlessMissing(Deno.stat(cluster.path)) !== undefined) return false;
  // The account owns this folder as well: it has to write the cluster, and to read the password.
  const unfinished = await Deno.makeTempDir({ dir: cluster.dataDirectory, prefix: UNFINISHED_PREFIX });
  const [fresh, password] = [join(unfinished, "cluster"), join(unfinished, PASSWORD_FILE)];
  await writePassword(password);
  await giveTo(cluster.account, unfinished);
  const { success, output } = await runProgram({
    program: cluster.programs.initdb,
    // deno-fmt-ignore
    args: [
      "--pgdata", fresh, "--username", DATABASE_USER, "--encoding", "UTF8", "--locale", "C",
      "--auth-local", "trust", "--auth-host", "scram-sha-256", "--pwfile", password,
      "--no-instructions", ...(durable ? [] : ["--no-sync"]),
    ],
    cwd: cluster.dataDirectory,
    account: cluster.account,
  });
  if (!success) throw new Error(`Could not create the database in "${cluster.dataDirectory}": ${output}`);
  await Deno.rename(password, join(fresh, PASSWORD_FILE));
  if (durable) await syncDirectory(fresh);
  await Deno.rename(fresh, cluster.path);
  if (durable) await syncDirectory(cluster.dataDirectory);
  await Deno.remove(unfinished, { recursive: true });
  return true;
}

/** The password for connections over TCP. It lives inside the cluster, so that neither is ever without the other. */
export async function readPassword(cluster: Pick<Cluster, "path">): Promise<string> {
  return (await Deno.readTextFile(join(cluster.path, PASSWORD_FILE))).trim();
}

async function writePassword(path: string): Promise<void> {
  const random = crypto.getRandomValues(new Uint8Array(32));
  using file = await Deno.open(path, { write: true, createNew: true, mode: 0o600 });
  await file.write(new TextEncoder().encode(random.toHex()));
  await file.sync();
}

/** An interrupted `initdb` may still be at work in such a folder: what resists now goes at the next start. */
async function removeUnfinished(dataDirectory: string): Promise<void> {
  for await (const { name } of Deno.readDir(dataDirectory)) {
    if (!name.startsWith(UNFINISHED_PREFIX)) continue;
    await Deno.remove(join(dataDirectory, name), { recursive: true }).catch(() => {});
  }
}

/**
 * A PostgreSQL that can be killed: durable, on a loopback port that stays the same over its restarts. Servers know it
 * by `DATABASE_URL` alone.
 */
import { setTimeout as delay } from "node:timers/promises";
import { join } from "node:path";
import { connectionTo } from "../../server/db/embedded/connect_once.ts";
import { loopbackOptions } from "../../server/db/embedded/connection_options.ts";
import { createCluster, DATABASE_USER } from "../../server/db/embedded/create_cluster.ts";
import { holdDataDirectory } from "../../server/db/embedded/data_directory.ts";
import { databaseAccount, giveTo } from "../../server/db/embedded/database_account.ts";
import { readPostmasterFile } from "../../server/db/embedded/postmaster_file.ts";
import { prepareRuntime } from "../../server/db/embedded/prepare_runtime.ts";
import { findDatabasePrograms, runtimeDirectory } from "../../server/db/embedded/runtime_directory.ts";
import { type Postmaster, startPostmaster } from "../../server/db/embedded/start_postmaster.ts";
import { stopPostmaster } from "../../server/db/embedded/stop_postmaster.ts";

/** `immediate`: PostgreSQL ends without a checkpoint. `killed`: its first process is gone from one moment to the next. */
export type DatabaseEnd = "immediate" | "killed";

export interface ChaosDatabase extends AsyncDisposable {
  readonly url: string;
  /** Takes it away, as a crash would, and resolves when it is gone. */
  crash(end: DatabaseEnd): Promise<void>;
  /** Brings it back, with the recovery that the crash has made necessary. */
  start(): Promise<void>;
}

const OCCUPIED_SECONDS = 30;
const RETRY_MILLISECONDS = 50;

/**
 * Makes the cluster in `folder`, and starts it with the server's empty database. The folder is held like a data folder:
 * when this process is killed, the next test that needs a database finds it abandoned and tidies it up.
 */
export async function startChaosDatabase(folder: string): Promise<ChaosDatabase> {
  await using starting = new AsyncDisposableStack();
  const held = await holdDataDirectory(folder, "server");
  starting.defer(() => held.release());
  await prepareRuntime(await runtimeDirectory());
  const path = join(folder, "postgres");
  const account = await databaseAccount(path);
  const cluster = { path, dataDirectory: folder, programs: await findDatabasePrograms(), account };
  await createCluster(cluster, true);
  await giveTo(account, path);
  const options = await loopbackOptions(cluster);
  let postmaster: Postmaster | undefined;

  async function start(): Promise<void> {
    const deadline = performance.now() + OCCUPIED_SECONDS * 1000;
    while (postmaster === undefined) {
      const outcome = await startPostmaster(cluster, { options, durable: true, stalePid: undefined });
      if (outcome.state === "ready") postmaster = outcome.postmaster;
      else if (performance.now() > deadline) throw new Error(`Cannot start the database: ${outcome.detail}`);
      // Sessions of the killed one are on their way out.
      else await delay(RETRY_MILLISECONDS);
    }
  }

  async function crash(end: DatabaseEnd): Promise<void> {
    const [crashed, note] = [postmaster, await readPostmasterFile(path)];
    if (crashed === undefined || typeof note !== "object") throw new Error("Cannot crash: it does not run");
    postmaster = undefined;
    if (end === "immediate") await stopPostmaster(cluster, "immediate");
    else Deno.kill(note.pid, "SIGKILL");
    await crashed.exited;
  }

  starting.defer(async () => await postmaster?.stop());
  await start();
  {
    await using connection = connectionTo({ ...options, database: "postgres" });
    await connection.sql`create database ${connection.sql(DATABASE_USER)}`;
  }
  const { username, password, host, port, database } = options;
  const running = starting.move();
  return {
    url: `postgres://${username}:${password}@${host}:${port}/${database}`,
    crash,
    start,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** A PostgreSQL with the settings of production, `fsync` included, in a folder that is removed afterwards. */
import { join } from "node:path";
import postgres from "postgres";
import { startEmbeddedPostgres } from "../../server/db/embedded/embedded_postgres.ts";
import { prepareRuntime } from "../../server/db/embedded/prepare_runtime.ts";
import { runtimeDirectory } from "../../server/db/embedded/runtime_directory.ts";
import { makeReachableFolder } from "../support/reachable_folder.ts";

export interface DurableCluster extends AsyncDisposable {
  /** Its first process. */
  readonly pid: number;
  /** For the clients that come with PostgreSQL: host, port, user and password. */
  readonly environment: Readonly<Record<string, string>>;
  /** Makes an empty database and returns its address. */
  createDatabase(name: string): Promise<string>;
}

export async function startDurableCluster(): Promise<DurableCluster> {
  await prepareRuntime(await runtimeDirectory());
  const folder = await makeReachableFolder("relatch-bench-");
  // Not on a unix socket, since every contender gets the database as an address.
  const embedded = await startEmbeddedPostgres({ dataDirectory: folder.path, loopback: true });
  const { host, port, username, password } = embedded.options;
  const admin = postgres({ ...embedded.options, max: 1, onnotice: () => {} });
  const [pid] = (await Deno.readTextFile(join(folder.path, "postgres", "postmaster.pid"))).split("\n");
  return {
    pid: Number(pid),
    environment: { PGHOST: host, PGPORT: String(port), PGUSER: username, PGPASSWORD: password },
    async createDatabase(name) {
      await admin`create database ${admin(name)}`;
      return `postgres://${username}:${password}@${host}:${port}/${name}`;
    },
    async [Symbol.asyncDispose]() {
      await admin.end({ timeout: 1 });
      await embedded.stop();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/**
 * A throw-away PostgreSQL for tests: the embedded one, without its care for the disk, with as many separate databases
 * as a test asks for.
 */
import postgres from "postgres";
import { startEmbeddedPostgres } from "../../server/db/embedded/embedded_postgres.ts";
import type { ConnectionOptions } from "../../server/db/embedded/connection_options.ts";
import { prepareRuntime } from "../../server/db/embedded/prepare_runtime.ts";
import { runtimeDirectory } from "../../server/db/embedded/runtime_directory.ts";
import { makeReachableFolder } from "./reachable_folder.ts";

/** A running cluster. Ask it for databases; stop it at the end, or let `await using` do so. */
export interface TestPostgres extends AsyncDisposable {
  /** A new, empty database of its own. */
  createDatabase(): Promise<TestDatabase>;
  /** Stops the cluster and removes it with all its databases. */
  stop(): Promise<void>;
}

/** An empty database, to be used from this process or from another one. */
export interface TestDatabase {
  /** For postgres.js. */
  readonly options: ConnectionOptions;
  /** The same as an address, for `DATABASE_URL`. */
  readonly url: string;
  /** Removes it, and ends whatever is still connected to it. */
  drop(): Promise<void>;
}

const PREFIX = "relatch-test-";
/** A folder of this age without a server was left by a killed test, and not just made by one beside us. */
const ABANDONED_AFTER_MILLISECONDS = 60_000;

/** One cluster for all tests of a file: it starts before the first and stops after the last. */
export function testPostgresForFile(): Pick<TestPostgres, "createDatabase"> {
  let postgres: TestPostgres | undefined;
  Deno.test.beforeAll(async () => {
    postgres = await startTestPostgres();
  });
  Deno.test.afterAll(async () => await postgres?.stop());
  return {
    createDatabase() {
      if (postgres === undefined) throw new Error("Cannot create a database: no test is running");
      return postgres.createDatabase();
    },
  };
}

/** Starts a cluster in a folder of its own, in about a second. On the loopback address, since a URL names no socket. */
export async function startTestPostgres(): Promise<TestPostgres> {
  await prepareRuntime(await runtimeDirectory());
  const folder = await makeReachableFolder(PREFIX);
  await removeAbandoned(folder.path);
  const embedded = await startEmbeddedPostgres({
    dataDirectory: folder.path,
    loopback: true,
    durable: false,
  });
  const admin = postgres({ ...embedded.options, max: 1, fetch_types: false, onnotice: () => {} });
  // Connects now: the connection outlives the first test that asks for a database, and its timers are not that test's.
  await admin`select 1`;

  const createDatabase = async (): Promise<TestDatabase> => {
    const database = `test_${crypto.randomUUID().replaceAll("-", "")}`;
    await admin`create database ${admin(database)}`;
    const options = { ...embedded.options, database };
    const drop = async (): Promise<void> => {
      await admin`drop database if exists ${admin(database)} with (force)`;
    };
    return { options, url: urlOf(options), drop };
  };
  const stop = async (): Promise<void> => {
    await admin.end({ timeout: 1 });
    await embedded.stop();
    await folder[Symbol.asyncDispose]();
  };
  return { createDatabase, stop, [Symbol.asyncDispose]: stop };
}

function urlOf({ host, port, database, username, password }: ConnectionOptions): string {
  return `postgres://${username}:${password}@${host}:${port}/${database}`;
}

/** A killed test leaves its database running: the next one stops it, by the way of a server that takes it over. */
async function removeAbandoned(ours: string): Promise<void> {
  const parent = ours.slice(0, ours.lastIndexOf(PREFIX));
  for await (const { name } of Deno.readDir(parent)) {
    const path = `${parent}${name}`;
    if (!name.startsWith(PREFIX) || path === ours) continue;
    try {
      const { mtime } = await Deno.stat(path);
      if (mtime === null || Date.now() - mtime.getTime() < ABANDONED_AFTER_MILLISECONDS) continue;
      const abandoned = await startEmbeddedPostgres({ dataDirectory: path, loopback: true, durable: false });
      await abandoned.stop();
      await Deno.remove(path, { recursive: true });
    } catch {
      // Another test's that runs, or another user's.
    }
  }
}

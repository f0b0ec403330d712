/** Gets an admin command to the database: a server may have it at this moment or not, and may be of any kind. */
import { setTimeout as delay } from "node:timers/promises";
import type { DatabaseSettings } from "../config.ts";
import { checkVersion } from "../db/check_version.ts";
import {
  closeDatabase,
  connectDatabase,
  type Database,
  type DatabaseTarget,
} from "../db/connect_database.ts";
import { DataDirectoryInUse } from "../db/embedded/data_directory.ts";
import { startEmbeddedPostgres } from "../db/embedded/embedded_postgres.ts";
import { findRunningPostgres } from "../db/embedded/running_postgres.ts";
import { migrate } from "../db/migrate.ts";

/** A server that has the folder runs its database within a second or two, but for a recovery after a crash. */
const SERVER_START_SECONDS = 30;
const RETRY_MILLISECONDS = 100;

/** A database with today's schema, until the block of its `await using` ends. */
export interface ReachedDatabase extends AsyncDisposable {
  readonly database: Database;
}

interface Reached {
  readonly target: DatabaseTarget;
  /** Ends what was started for the command, and nothing else. */
  stop(): Promise<void>;
}

/**
 * Connects to `DATABASE_URL`, or to the embedded database of `DATA_DIR`: that of a running server, or one that is
 * started for as long as the command takes. Brings the schema up to date. Throws a sentence for the operator.
 */
export async function reachDatabase(settings: DatabaseSettings): Promise<ReachedDatabase> {
  const { target, stop } = await reach(settings);
  // A migration, and the wait for a replica's, may take longer than any other query.
  const database = connectDatabase(target, { statementTimeoutMilliseconds: 0 });
  const dispose = async (): Promise<void> => {
    await closeDatabase(database);
    await stop();
  };
  try {
    await checkVersion(database);
    await migrate(database);
  } catch (error) {
    await dispose();
    throw error;
  }
  return { database, [Symbol.asyncDispose]: dispose };
}

async function reach({ databaseUrl, dataDirectory }: DatabaseSettings): Promise<Reached> {
  if (databaseUrl !== undefined) return { target: databaseUrl, stop: () => Promise.resolve() };
  const deadline = performance.now() + SERVER_START_SECONDS * 1000;
  while (true) {
    const reached = await startOrJoin(dataDirectory);
    if (reached instanceof DataDirectoryInUse) {
      if (performance.now() > deadline) throw reached;
      // The server is about to start its database, or to let go of the folder.
      await delay(RETRY_MILLISECONDS);
    } else {
      return reached;
    }
  }
}

async function startOrJoin(dataDirectory: string): Promise<Reached | DataDirectoryInUse> {
  try {
    const embedded = await startEmbeddedPostgres({ dataDirectory, holder: "command" });
    return { target: embedded.options, stop: () => embedded.stop() };
  } catch (error) {
    if (!(error instanceof DataDirectoryInUse)) throw error;
    const running = await findRunningPostgres(dataDirectory);
    return running === undefined ? error : { target: running, stop: () => Promise.resolve() };
  }
}

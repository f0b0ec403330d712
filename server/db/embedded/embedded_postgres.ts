/**
 * The embedded database: a real PostgreSQL in the data folder, for this server alone. What a killed server left behind,
 * running or unclean, is taken over at the next start; acknowledged rows are never lost.
 */
import { setTimeout as delay } from "node:timers/promises";
import { join } from "node:path";
import type { Logger } from "../../log.ts";
import { connectionTo } from "./connect_once.ts";
import { type ConnectionOptions, fitsSocket, loopbackOptions, socketOptions } from "./connection_options.ts";
import { type Cluster, createCluster, DATABASE_USER } from "./create_cluster.ts";
import { assertReachable, type FolderHolder, holdDataDirectory } from "./data_directory.ts";
import { databaseAccount, giveTo } from "./database_account.ts";
import { endOrphan } from "./end_orphan.ts";
import { currentPlatformLayout } from "./platform_layout.ts";
import { findDatabasePrograms } from "./runtime_directory.ts";
import { type Postmaster, type PostmasterExit, startPostmaster } from "./start_postmaster.ts";

/** Sessions of a killed database end within moments; a query in the middle of a long computation may take longer. */
const OCCUPIED_SECONDS = 30;
const RETRY_MILLISECONDS = 100;

/** What to start. */
export interface EmbeddedPostgresSettings {
  /** Made when missing. */
  readonly dataDirectory: string;
  readonly logger?: Pick<Logger, "info" | "warn">;
  /** Listens on the loopback address even where a unix socket would do. */
  readonly loopback?: boolean;
  /** `false` gives up safety against a crash of the machine: for throw-away databases of tests only. */
  readonly durable?: boolean;
  /** `command`: a server that starts meanwhile waits for the end instead of giving up. */
  readonly holder?: FolderHolder;
}

/** A running embedded database. */
export interface EmbeddedPostgres {
  /** For postgres.js; the database is there. */
  readonly options: ConnectionOptions;
  /** Stops the database in order and lets go of the data folder; close the pool first. May be called twice. */
  stop(): Promise<void>;
  /** Resolves when the database process ended, asked or not; never rejects. */
  readonly exited: Promise<PostmasterExit>;
}

/**
 * Starts the database of a data folder, creating it first when needed. Throws when another server has the folder, when
 * the runtime was not prepared, or when PostgreSQL refuses, with a message for the operator.
 */
export async function startEmbeddedPostgres(settings: EmbeddedPostgresSettings): Promise<EmbeddedPostgres> {
  const started = performance.now();
  const { logger, durable = true, holder = "server" } = settings;
  const programs = await findDatabasePrograms();
  const folder = await holdDataDirectory(settings.dataDirectory, holder);
  try {
    const path = join(folder.path, "postgres");
    const account = await databaseAccount(path);
    await assertReachable(folder.path, account);
    const cluster = { path, dataDirectory: folder.path, programs, account };
    if (await createCluster(cluster, durable)) logger?.info("database_created");
    await giveTo(account, path);
    const { options, postmaster } = await takeOver(cluster, settings);
    try {
      await createDatabase(options);
    } catch (error) {
      await postmaster.stop();
      throw error;
    }
    logger?.info("database_started", { milliseconds: Math.round(performance.now() - started) });
    const stop = async (): Promise<void> => {
      try {
        await postmaster.stop();
      } finally {
        folder.release();
      }
    };
    let stopping: Promise<void> | undefined;
    return { options, exited: postmaster.exited, stop: () => stopping ??= stop() };
  } catch (error) {
    folder.release();
    throw error;
  }
}

/** Ends what an earlier server left running, then starts; again while something is still on its way out. */
async function takeOver(
  cluster: Cluster,
  { logger, loopback = false, durable = true }: EmbeddedPostgresSettings,
): Promise<{ options: ConnectionOptions; postmaster: Postmaster }> {
  const { socketPathBytes } = currentPlatformLayout();
  const onSocket = !loopback && fitsSocket(cluster.dataDirectory, socketPathBytes);
  const deadline = performance.now() + OCCUPIED_SECONDS * 1000;
  for (let attempt = 1;; attempt++) {
    const orphan = await endOrphan(cluster);
    if (orphan.state !== "none" && attempt === 1) {
      logger?.warn("database_left_by_killed_server", { state: orphan.state });
    }
    const options = onSocket ? await socketOptions(cluster) : await loopbackOptions(cluster);
    const stalePid = orphan.state === "stale" ? orphan.pid : undefined;
    const outcome = await startPostmaster(cluster, { options, durable, stalePid });
    if (outcome.state === "ready") return { options, postmaster: outcome.postmaster };
    if (performance.now() > deadline) {
      throw new Error(
        `Could not start the embedded database: another process still has "${cluster.path}": ${outcome.detail}`,
      );
    }
    await delay(RETRY_MILLISECONDS);
  }
}

/** At each start, because the first one may have been interrupted before it came to this. */
async function createDatabase(options: ConnectionOptions): Promise<void> {
  await using connection = connectionTo({ ...options, database: "postgres" });
  const found = await connection.sql`select 1 from pg_database where datname = ${DATABASE_USER}`;
  if (found.length === 0) await connection.sql`create database ${connection.sql(DATABASE_USER)}`;
}

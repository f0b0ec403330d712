/** Puts a whole server together: database, journal, rotation, routes, listening, and an orderly stop. */
import { createApp } from "./app.ts";
import type { Config } from "./config.ts";
import { closeDatabase, connectDatabase, type DatabaseTarget } from "./db/connect_database.ts";
import { startEmbeddedPostgres } from "./db/embedded/embedded_postgres.ts";
import { prepareDatabase } from "./db/prepare_database.ts";
import { surviveDriver } from "./db/survive_driver.ts";
import { createSingleUseClient, fetchThrough } from "./highlevel/single_use_connections.ts";
import { createRateLimiter } from "./http/rate_limit.ts";
import { serve } from "./http/serve.ts";
import type { Logger } from "./log.ts";
import { openRecoveryJournal } from "./rotation/recovery_journal.ts";
import { replayJournal } from "./rotation/replay_journal.ts";
import { systemClock } from "./rotation/rotation_clock.ts";
import { createRotation } from "./rotation/start_rotation.ts";
import { createUpkeep } from "./upkeep/start_upkeep.ts";
import type { ReachWork } from "./upkeep/work_sources.ts";
import type { ReachStep } from "./rotation/steps.ts";

export interface StartOptions {
  readonly config: Config;
  readonly logger: Logger;
  /** Told of every step of every rotation, and waited for. */
  readonly reach?: ReachStep;
  /** Told of every step of all upkeep, and waited for. */
  readonly reachWork?: ReachWork;
}

export interface StartedServer {
  /** Resolves with the reason when the server cannot go on. */
  readonly failed: Promise<Error>;
  stop(): Promise<void>;
}

/** Throws what keeps it from starting, with nothing left running. */
export async function startServer(
  { config, logger, reach = () => {}, reachWork = () => {} }: StartOptions,
): Promise<StartedServer> {
  surviveDriver(logger);
  const embedded = await startDatabaseUnlessGiven(config, logger);
  try {
    const { keys, migrations } = await prepareDatabase(embedded.target, {
      configuredKeys: config.encryptionKeys,
      dataDirectory: config.dataDirectory,
    });
    const database = connectDatabase(embedded.target);
    try {
      const journal = await openRecoveryJournal({ dataDirectory: config.dataDirectory, keys });
      await replayJournal({ journal, database, keys, logger });
      const highlevel = fetchThrough(createSingleUseClient());
      const rotation = createRotation({
        app: config.highlevel,
        keys,
        database,
        fetch: highlevel,
        logger,
        journal,
        clock: systemClock,
        random: Math.random,
        reach,
      });
      const upkeep = createUpkeep({
        app: config.highlevel,
        keys,
        database,
        fetch: highlevel,
        logger,
        rotator: rotation.rotator,
        clock: systemClock,
        random: Math.random,
        reach: reachWork,
      });
      const app = createApp({
        config,
        keys,
        database,
        logger,
        tokens: upkeep.tokens,
        gate: rotation.gate,
        rateLimiter: createRateLimiter(),
        fetch: highlevel,
        now: Date.now,
        afterInstall: upkeep.afterInstall,
        disconnect: upkeep.disconnect,
        webhookStored: upkeep.worker.wake,
      });
      const server = serve({ hostname: config.host, port: config.port, handler: app.fetch });
      rotation.start();
      upkeep.start();
      const { hostname, port } = server.address;
      const applied = migrations.length;
      logger.info("listening", { hostname, port, public_url: config.publicUrl, migrations: applied });
      return {
        failed: embedded.failed,
        async stop() {
          // Both at once: requests may wait for rotations that are under way.
          await Promise.all([server.stop(), rotation.stop(), upkeep.stop()]);
          await closeDatabase(database);
          await embedded.stop();
        },
      };
    } catch (error) {
      await closeDatabase(database);
      throw error;
    }
  } catch (error) {
    await embedded.stop();
    throw error;
  }
}

/** The database of `DATABASE_URL`, which is not ours to stop, or the embedded one, which is. */
async function startDatabaseUnlessGiven(
  config: Config,
  logger: Logger,
): Promise<StartedServer & { target: DatabaseTarget }> {
  if (config.databaseUrl !== undefined) {
    return { target: config.databaseUrl, failed: new Promise(() => {}), stop: () => Promise.resolve() };
  }
  const embedded = await startEmbeddedPostgres({ dataDirectory: config.dataDirectory, logger });
  const failed = embedded.exited.then((exit) =>
    new Error("The embedded database ended by itself", {
      cause: exit.reason === "died" ? new Error(exit.detail) : undefined,
    })
  );
  return { target: embedded.options, failed, stop: () => embedded.stop() };
}

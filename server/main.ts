/** The server as a process: settings, database, routes, listening, and an orderly stop. */
import { createApp } from "./app.ts";
import { readConfig } from "./config.ts";
import { closeDatabase, connectDatabase, type DatabaseTarget } from "./db/connect_database.ts";
import { startEmbeddedPostgres } from "./db/embedded/embedded_postgres.ts";
import { prepareDatabase } from "./db/prepare_database.ts";
import { createSingleUseClient, fetchThrough } from "./highlevel/single_use_connections.ts";
import { createRateLimiter } from "./http/rate_limit.ts";
import { serve } from "./http/serve.ts";
import { createLogger, errorFields } from "./log.ts";

const settings = readConfig((name) => Deno.env.get(name));
if (!settings.ok) exitWith(settings.failure.message);
const config = settings.value;
const logger = createLogger({ level: config.logLevel, write: (line) => print(Deno.stdout, line) });

const stopping = stopSignal();
const started = await start().catch((error: unknown) =>
  // Whoever starts a server reads a sentence; whoever runs one reads the log.
  exitWith(`Relatch could not start: ${messagesOf(error).join(": ")}`)
);
const failure = await Promise.race([stopping, started.failed]);
if (failure === undefined) logger.info("stopping");
else logger.error("server_failed", errorFields(failure));
await started.stop();
if (failure === undefined) logger.info("stopped");
Deno.exit(failure === undefined ? 0 : 1);

interface StartedServer {
  /** Resolves with the reason when the server cannot go on. */
  readonly failed: Promise<Error>;
  stop(): Promise<void>;
}

async function start(): Promise<StartedServer> {
  const embedded = await startDatabaseUnlessGiven();
  try {
    const { keys, migrations } = await prepareDatabase(embedded.target, {
      configuredKeys: config.encryptionKeys,
      dataDirectory: config.dataDirectory,
    });
    const database = connectDatabase(embedded.target);
    const app = createApp({
      config,
      keys,
      database,
      logger,
      rateLimiter: createRateLimiter(),
      fetch: fetchThrough(createSingleUseClient()),
      now: Date.now,
    });
    const server = serve({ hostname: config.host, port: config.port, handler: app.fetch });
    const { hostname, port } = server.address;
    const applied = migrations.length;
    logger.info("listening", { hostname, port, public_url: config.publicUrl, migrations: applied });
    return {
      failed: embedded.failed,
      async stop() {
        await server.stop();
        await closeDatabase(database);
        await embedded.stop();
      },
    };
  } catch (error) {
    await embedded.stop();
    throw error;
  }
}

/** The database of `DATABASE_URL`, which is not ours to stop, or the embedded one, which is. */
async function startDatabaseUnlessGiven(): Promise<StartedServer & { target: DatabaseTarget }> {
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

/**
 * Resolves at the first SIGTERM, SIGINT, or SIGHUP of a closed terminal. A second one ends the process at once, as
 * people expect of Ctrl-C.
 */
function stopSignal(): Promise<undefined> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  let signals = 0;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    if (Deno.build.os === "windows" && signal !== "SIGINT") continue;
    Deno.addSignalListener(signal, () => {
      signals += 1;
      if (signals > 1) Deno.exit(1);
      resolve(undefined);
    });
  }
  return promise;
}

/** The message of an error and of its causes, outermost first. */
function messagesOf(error: unknown): string[] {
  return error instanceof Error ? [error.message, ...messagesOf(error.cause)] : [];
}

function exitWith(message: string): never {
  print(Deno.stderr, message);
  Deno.exit(1);
}

function print(stream: { writeSync(bytes: Uint8Array): number }, line: string): void {
  let rest = new TextEncoder().encode(line + "\n");
  while (rest.length > 0) rest = rest.subarray(stream.writeSync(rest));
}

/** The server as a process: settings, database, routes, listening, and an orderly stop. */
import { createApp } from "./app.ts";
import { readConfig } from "./config.ts";
import { checkEncryptionKeys } from "./db/check_encryption_keys.ts";
import { checkVersion } from "./db/check_version.ts";
import { closeDatabase, connectDatabase, type DatabaseTarget } from "./db/connect_database.ts";
import { startEmbeddedPostgres } from "./db/embedded/embedded_postgres.ts";
import { migrate } from "./db/migrate.ts";
import { readOrCreateKeys } from "./db/read_or_create_keys.ts";
import { createSingleUseClient, fetchThrough } from "./highlevel/single_use_connections.ts";
import { createRateLimiter } from "./http/rate_limit.ts";
import { createLogger, errorFields } from "./log.ts";

/** How long running requests may take after the signal to stop; an exchange with HighLevel takes at most 15 s. */
const DRAIN_MILLISECONDS = 20_000;

const settings = readConfig((name) => Deno.env.get(name));
if (!settings.ok) exitWith(settings.failure.message);
const config = settings.value;
const logger = createLogger({ level: config.logLevel, write: (line) => print(Deno.stdout, line) });
const progress = { listening: false };

try {
  await run();
  Deno.exit(0);
} catch (error) {
  // Whoever starts a server reads a sentence; whoever runs one reads the log.
  if (!progress.listening) exitWith(`Relatch could not start: ${messagesOf(error).join(": ")}`);
  logger.error("server_failed", errorFields(error));
  Deno.exit(1);
}

async function run(): Promise<void> {
  const stopping = stopSignal();
  const embedded = await startDatabaseUnlessGiven();
  const database = connectDatabase(embedded.target);
  try {
    await checkVersion(database);
    const migrations = await migrate(database);
    const keys = config.encryptionKeys ?? await readOrCreateKeys(config.dataDirectory);
    await checkEncryptionKeys(database, keys);
    const app = createApp({
      config,
      keys,
      database,
      logger,
      rateLimiter: createRateLimiter(),
      fetch: fetchThrough(createSingleUseClient()),
      now: Date.now,
    });
    const server = Deno.serve({
      hostname: config.host,
      port: config.port,
      onListen: ({ hostname, port }) =>
        logger.info("listening", {
          hostname,
          port,
          public_url: config.publicUrl,
          migrations: migrations.length,
        }),
    }, app.fetch);
    await Promise.race([stopping, embedded.exited]);
    logger.info("stopping");
    await drain(server);
  } finally {
    await closeDatabase(database);
    await embedded.stop();
  }
  logger.info("stopped");
}

/** The database of `DATABASE_URL`, which is not ours to stop, or the embedded one, which is. */
async function startDatabaseUnlessGiven(): Promise<
  { target: DatabaseTarget; exited: Promise<never>; stop: () => Promise<void> }
> {
  if (config.databaseUrl !== undefined) {
    return { target: config.databaseUrl, exited: new Promise(() => {}), stop: () => Promise.resolve() };
  }
  const { options, exited, stop } = await startEmbeddedPostgres({
    dataDirectory: config.dataDirectory,
    logger,
  });
  const failed = exited.then(() => Promise.reject(new Error("The embedded database ended by itself")));
  // Until somebody waits for it, an early end is no unhandled rejection; the next query tells of it.
  failed.catch(() => {});
  return { target: options, exited: failed, stop };
}

/** Resolves at the first SIGTERM or SIGINT. A second one ends the process at once, as people expect of Ctrl-C. */
function stopSignal(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let signals = 0;
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    if (Deno.build.os === "windows" && signal === "SIGTERM") continue;
    Deno.addSignalListener(signal, () => {
      signals += 1;
      if (signals > 1) Deno.exit(1);
      resolve();
    });
  }
  return promise;
}

/** Takes no new requests and waits for the running ones, but not for ever. */
async function drain(server: Deno.HttpServer): Promise<void> {
  const deadline = Promise.withResolvers<void>();
  const timer = setTimeout(deadline.resolve, DRAIN_MILLISECONDS);
  await Promise.race([server.shutdown(), deadline.promise]);
  clearTimeout(timer);
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

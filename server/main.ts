/** The server as a process: settings, log, start, signals, and an orderly stop. */
import { setTimeout as delay } from "node:timers/promises";
import { readConfig } from "./config.ts";
import { errorSentence } from "./error_sentence.ts";
import { createLogger, errorFields } from "./log.ts";
import { exitWith, printLine } from "./print_line.ts";
import { startServer } from "./start_server.ts";

/** An embedded database that is being made is finished first, and then stopped in order. */
const START_AFTER_STOP_MILLISECONDS = 20_000;

const settings = readConfig((name) => Deno.env.get(name));
if (!settings.ok) exitWith(settings.failure.message);
const config = settings.value;
const logger = createLogger({ level: config.logLevel, write: (line) => printLine(Deno.stdout, line) });

const stopping = stopSignal();
const starting = startServer({ config, logger }).catch((error: unknown) =>
  // Whoever starts a server reads a sentence; whoever runs one reads the log.
  exitWith(`Relatch could not start: ${errorSentence(error)}`)
);
const started = await Promise.race([starting, tooLongAfter(stopping)]);
const failure = await Promise.race([stopping, started.failed]);
if (failure === undefined) logger.info("stopping");
else logger.error("server_failed", errorFields(failure));
await started.stop();
if (failure === undefined) logger.info("stopped");
Deno.exit(failure === undefined ? 0 : 1);

/** A start that waits for something in vain must not outlive the signal to stop. */
async function tooLongAfter(signal: Promise<undefined>): Promise<never> {
  await signal;
  await delay(START_AFTER_STOP_MILLISECONDS);
  exitWith("Relatch was told to stop while it started, and could not");
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

/** The admin command as a process: arguments, database, one piece of work, and an end that leaves nothing running. */
import { CommanderError } from "commander";
import { readDatabaseSettings } from "../config.ts";
import type { Database } from "../db/connect_database.ts";
import { errorSentence } from "../error_sentence.ts";
import { exitWith, printLine } from "../print_line.ts";
import { runCommandLine } from "./command_line.ts";
import { createKeyCommand, listKeysCommand, revokeKeyCommand, type Speech } from "./key_commands.ts";
import { reachDatabase } from "./reach_database.ts";

const speech: Speech = {
  out: (text) => printLine(Deno.stdout, text),
  say: (text) => printLine(Deno.stderr, text),
};
const interruption = firstSignal();

try {
  await runCommandLine(Deno.args, {
    createKey: (request) => withDatabase((database) => createKeyCommand(database, request, speech)),
    listKeys: (options) => withDatabase((database) => listKeysCommand(database, options, speech)),
    revokeKey: (name) => withDatabase((database) => revokeKeyCommand(database, name, speech)),
  });
  Deno.exit(0);
} catch (error) {
  // Ctrl-C reaches the programs of a database that is just being made, and they have more to say about it.
  if (interruption.aborted) exitWith("Interrupted");
  if (!(error instanceof CommanderError)) exitWith(errorSentence(error));
  // A help text was printed already, asked for or because the command was not complete.
  if (error.code.startsWith("commander.help")) Deno.exit(error.exitCode);
  exitWith(`${sentenceFor(error)} (see "deno task admin keys --help")`);
}

async function withDatabase(work: (database: Database) => Promise<void>): Promise<void> {
  const settings = readDatabaseSettings((name) => Deno.env.get(name));
  if (!settings.ok) throw new Error(settings.failure.message);
  await using reached = await reachDatabase(settings.value);
  const interrupted = Promise.withResolvers<never>();
  interruption.addEventListener("abort", () => interrupted.reject(interruption.reason));
  interruption.throwIfAborted();
  await Promise.race([work(reached.database), interrupted.promise]);
}

/** Aborts at a signal, so that a database that was started for the command is stopped in order. */
function firstSignal(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    if (Deno.build.os === "windows" && signal !== "SIGINT") continue;
    Deno.addSignalListener(signal, () => controller.abort());
  }
  return controller.signal;
}

/** "error: unknown option '--x'" as a sentence of ours. */
function sentenceFor({ message }: CommanderError): string {
  const [first = "", ...rest] = message.replace(/^error: /, "").replace(". Expected", ": expected")
    .replace(/\.$/, "").replaceAll("'", '"');
  return first.toUpperCase() + rest.join("");
}

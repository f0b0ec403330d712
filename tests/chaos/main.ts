/** A chaos run as a program: options, signals, and an exit code that says whether anything was found. */
import { CommanderError } from "commander";
import { type ChaosOptions, parseChaosOptions } from "./chaos_options.ts";
import { runChaos } from "./run_chaos.ts";

const options = readOptions();
const stopping = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  if (Deno.build.os === "windows" && signal !== "SIGINT") continue;
  Deno.addSignalListener(signal, () => stopping.abort(new Error(`Stopped by ${signal}`)));
}
const log = options.log === undefined
  ? undefined
  : Deno.openSync(options.log, { write: true, create: true, truncate: true });

Deno.exit(await run());

async function run(): Promise<number> {
  try {
    const { violations } = await runChaos({
      options,
      print: (line) => print(Deno.stdout, line),
      stopped: stopping.signal,
      writeLog: (line) => log && print(log, line),
    });
    print(Deno.stdout, violations.length === 0 ? "\nNothing was lost" : `\n${violations.length} violations`);
    return violations.length === 0 ? 0 : 1;
  } catch (error) {
    print(Deno.stderr, error instanceof Error ? error.stack ?? error.message : String(error));
    return 1;
  }
}

function readOptions(): ChaosOptions {
  try {
    return parseChaosOptions(Deno.args);
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (!error.code.startsWith("commander.help")) print(Deno.stderr, error.message);
    Deno.exit(error.exitCode);
  }
}

function print(stream: { writeSync(bytes: Uint8Array): number }, line: string): void {
  let rest = new TextEncoder().encode(`${line}\n`);
  while (rest.length > 0) rest = rest.subarray(stream.writeSync(rest));
}

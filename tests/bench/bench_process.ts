/**
 * A program that is measured: `deno` in a process of its own, with nobody reading its standard output, since a reader
 * would work for it on the same machine. What goes wrong it says on standard error.
 */
import { denoCommand } from "../support/child_process.ts";

export interface BenchProcess extends AsyncDisposable {
  readonly pid: number;
  /** What it wrote to standard error so far. */
  errors(): string;
  /** Whether it runs still. */
  isRunning(): boolean;
}

export interface BenchProcessOptions {
  /** Arguments of `deno`, in the project's folder. */
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

const living = new Set<BenchProcess>();

/** For a run that is broken off: nothing that it started stays behind. */
export async function endLivingProcesses(): Promise<void> {
  await Promise.all([...living].map((process) => process[Symbol.asyncDispose]()));
}

/** It gets nothing of our own environment but what Deno needs. Disposing of it waits for its end. */
export function startBenchProcess({ args, env = {} }: BenchProcessOptions): BenchProcess {
  const child = denoCommand({ args, env, stdout: "null" }).spawn();
  let errors = "";
  let running = true;
  const reading = readErrors();
  const ended = child.status.then(() => running = false);

  async function readErrors(): Promise<void> {
    for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) errors += text;
  }

  const started: BenchProcess = {
    pid: child.pid,
    errors: () => errors,
    isRunning: () => running,
    async [Symbol.asyncDispose]() {
      if (running) child.kill("SIGTERM");
      await Promise.all([ended, reading]);
      living.delete(started);
    },
  };
  living.add(started);
  return started;
}

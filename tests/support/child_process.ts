/** A program that a test or the demo starts: its lines as they come, and an end that waits for it. */
import { waitUntil } from "./wait_until.ts";

/** What Deno and the system's loader need; nothing of the developer's own settings gets in. */
const PASSED_ON = ["PATH", "HOME", "DENO_DIR", "XDG_CACHE_HOME", "TMPDIR", "LOCALAPPDATA", "SYSTEMROOT"];

export interface ChildProcess extends AsyncDisposable {
  readonly pid: number;
  /** What it printed so far, line by line, standard output and standard error together. */
  readonly lines: readonly string[];
  readonly status: Promise<Deno.CommandStatus>;
  /** Sends a signal and waits for the end. */
  end(signal: Deno.Signal): Promise<Deno.CommandStatus>;
  /** The first line that `fits`. Throws with all that was printed when it ends, or 30 seconds pass, before that. */
  line(fits: (line: string) => boolean): Promise<string>;
}

export interface ChildProcessOptions {
  /** Arguments of `deno`, in the project's folder. */
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Told of each line as it comes. */
  readonly onLine?: (line: string) => void;
  /** Nobody reads what it prints: the pipe behind its standard output is broken from the start. */
  readonly deaf?: boolean;
}

/** Where the tasks of `deno.json` run. */
export const PROJECT = new URL("../../", import.meta.url);
const LINE_DEADLINE_MILLISECONDS = 30_000;

/** Starts `deno` with a clean environment, in a session of its own: Ctrl-C is for whoever started it to pass on. */
export function spawnDeno(
  { args, env = {}, onLine = () => {}, deaf = false }: ChildProcessOptions,
): ChildProcess {
  const child = denoCommand({ args, env, stdout: "piped", detached: true }).spawn();
  const lines: string[] = [];
  const take = (line: string): void => {
    lines.push(line);
    onLine(line);
  };
  const outputs = [
    deaf ? child.stdout.cancel() : collectLines(child.stdout, take),
    collectLines(child.stderr, take),
  ];
  let hasEnded = false;
  const status = Promise.all([child.status, ...outputs]).then(([ended]) => {
    hasEnded = true;
    return ended;
  });

  async function end(signal: Deno.Signal): Promise<Deno.CommandStatus> {
    try {
      child.kill(signal);
    } catch (error) {
      // It ended before the signal.
      if (!(error instanceof TypeError || error instanceof Deno.errors.NotFound)) throw error;
    }
    return await status;
  }

  async function line(fits: (line: string) => boolean): Promise<string> {
    const what = `"deno ${args.slice(-1)}" is ready`;
    await waitUntil(() => hasEnded || lines.some(fits), what, LINE_DEADLINE_MILLISECONDS).catch(() => {});
    const found = lines.find(fits);
    if (found !== undefined) return found;
    await end("SIGKILL");
    throw new Error(`"deno ${args.slice(-1)}" did not get ready:\n${lines.join("\n")}`);
  }

  return {
    pid: child.pid,
    lines,
    status,
    end,
    line,
    async [Symbol.asyncDispose]() {
      await end("SIGTERM");
    },
  };
}

/** `deno` in the project's folder, with nothing of our own environment but what it needs; its errors can be read. */
export function denoCommand(
  { args, env, ...options }: Pick<Deno.CommandOptions, "stdout" | "detached"> & {
    readonly args: readonly string[];
    readonly env: Readonly<Record<string, string>>;
  },
): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: PROJECT,
    clearEnv: true,
    env: { ...passedOnEnvironment(), ...env },
    stdin: "null",
    stderr: "piped",
    ...options,
  });
}

/** What a program of a test gets of our own environment: nothing that a person set for Relatch. */
function passedOnEnvironment(): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const name of PASSED_ON) {
    const value = Deno.env.get(name);
    if (value !== undefined) environment[name] = value;
  }
  return environment;
}

async function collectLines(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  take: (line: string) => void,
): Promise<void> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const complete = (rest + text).split("\n");
    rest = complete.pop() ?? "";
    complete.forEach(take);
  }
  if (rest !== "") take(rest);
}

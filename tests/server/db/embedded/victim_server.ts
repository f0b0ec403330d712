/** Runs `write_rows.ts` as a process of its own, follows what it prints, and kills it as a test wishes. */
import { join } from "node:path";
import { readPostmasterFile } from "../../../../server/db/embedded/postmaster_file.ts";

/** A running `write_rows.ts`. */
export interface VictimServer extends AsyncDisposable {
  readonly pid: number;
  /** Resolves with the first printed line that matches. Rejects when the process ends before. */
  nextLine(pattern: RegExp): Promise<RegExpExecArray>;
  /** The number of the last row that was acknowledged. */
  readonly lastRow: () => number;
  /** Kills the server alone, as `kill -9` does; its database stays. */
  killServer(): Promise<void>;
  /** Kills the server, the database and all of the database's processes. */
  killEverything(): Promise<void>;
  /** Resolves with all that was printed when the process ended by itself. */
  readonly ended: Promise<string>;
}

/** Starts the server; it has its own process group, as a command in a terminal has. */
export function startVictimServer(dataDirectory: string): VictimServer {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-prompt",
      "-A",
      join(import.meta.dirname ?? "", "write_rows.ts"),
      dataDirectory,
    ],
    stdin: "null",
    stdout: "piped",
    detached: true,
  }).spawn();
  let printed = "";
  let changed = Promise.withResolvers<void>();
  const reading = (async () => {
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
      printed += text;
      changed.resolve();
      changed = Promise.withResolvers<void>();
    }
    changed.reject(new Error(`The server ended; it had printed: ${printed.slice(-500)}`));
    changed.promise.catch(() => {});
    return printed;
  })();

  const nextLine = async (pattern: RegExp): Promise<RegExpExecArray> => {
    while (true) {
      const found = pattern.exec(printed);
      if (found !== null) return found;
      await changed.promise;
    }
  };
  const kill = async (pids: readonly number[]): Promise<void> => {
    for (const pid of pids) {
      try {
        Deno.kill(pid, "SIGKILL");
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      }
    }
    await child.status;
    await reading;
  };
  return {
    pid: child.pid,
    nextLine,
    lastRow: () => Number(/row (\d+)\n(?!.*row \d+\n)/s.exec(printed)?.[1] ?? 0),
    killServer: () => kill([child.pid]),
    async killEverything() {
      const [, processes = ""] = await nextLine(/^processes (.*)\n/m);
      const postmaster = await readPostmasterFile(join(dataDirectory, "postgres"));
      await kill([
        child.pid,
        ...(typeof postmaster === "object" ? [postmaster.pid] : []),
        ...processes.split(" ").map(Number),
      ]);
    },
    ended: reading,
    [Symbol.asyncDispose]: () => kill([child.pid]),
  };
}

/** The place of one server: a process that is started again whenever it ends, as an init system would. */
import { setTimeout as delay } from "node:timers/promises";
import { type ChildProcess, spawnDeno } from "../support/child_process.ts";
import { waitUntil } from "../support/wait_until.ts";
import type { LogRecord } from "./log_record.ts";
import { createTally, type Tally } from "./tally.ts";

export interface ServerSlot {
  readonly name: string;
  readonly url: string;
  /** As browsers know it: its `PUBLIC_URL`. */
  readonly publicUrl: string;
  isListening(): boolean;
  /** SIGKILL. */
  kill(): void;
  /** SIGTERM; resolves when the process has ended in order, and throws when it has not. */
  stop(): Promise<void>;
  /** Resolves when it listens. */
  ready(): Promise<void>;
  /** From now on it is not started again once it ends. */
  retire(): void;
  /** Starts again what was retired. */
  revive(): void;
  /** Ends it at once, whatever it does. */
  end(): Promise<void>;
}

export interface ServerSlotOptions {
  readonly name: string;
  readonly port: number;
  readonly settings: Readonly<Record<string, string>>;
  readonly seed: string;
  readonly record: LogRecord;
  /** How processes ended, by manner. */
  readonly ends: Tally;
  /** Told of ends that nobody ordered. */
  readonly onViolation: (what: string) => void;
}

/** Of the server that listens on this port. */
export function publicUrlOf(port: number): string {
  return `http://localhost:${port}`;
}

const ENTRY = "tests/chaos/server_entry.ts";
const PERMISSIONS = ["net", "read", "write", "env", "run", "sys=uid"].map((name) => `--allow-${name}`);
const RETRY_MILLISECONDS = 300;
const READY_MILLISECONDS = 60_000;
/** Requests have 20 seconds to end, rotations 15, the database 5. */
const STOP_SECONDS = 45;

export function startServerSlot(options: ServerSlotOptions): ServerSlot {
  const { name, port, settings, seed, record, ends, onViolation } = options;
  let child: ChildProcess | undefined;
  let isListening = false;
  let isRetired = false;
  let life = 0;
  let orders = createTally();
  let running = keepRunning();

  function take(line: string): void {
    record.take(name, line);
    if (line.includes('"event":"listening"')) isListening = true;
  }

  async function keepRunning(): Promise<void> {
    while (!isRetired) {
      life += 1;
      orders = createTally();
      isListening = false;
      const spawned = spawnDeno({
        args: ["run", "--no-prompt", ...PERMISSIONS, ENTRY],
        env: { ...settings, PORT: String(port), CHAOS_SERVER: name, CHAOS_SEED: `${seed} ${name} ${life}` },
        onLine: take,
      });
      child = spawned;
      const status = await spawned.status;
      const wasListening = isListening;
      isListening = false;
      record.forgetServer(name);
      judge(status, wasListening);
      // It could not start, and says why: the database is away.
      if (!isRetired && status.code === 1 && !wasListening) await delay(RETRY_MILLISECONDS);
    }
  }

  function judge({ code, signal }: Deno.CommandStatus, wasListening: boolean): void {
    if (signal === "SIGKILL") return ends.add("killed");
    if (code === 0 && orders.count("SIGTERM") > 0) return ends.add("stopped in order");
    if (signal === "SIGTERM" && !wasListening) return ends.add("stopped before it listened");
    if (code === 1 && !wasListening) return ends.add("could not start");
    ends.add("by itself");
    onViolation(`Server ${name} ended by itself with ${signal ?? code}`);
  }

  return {
    name,
    url: `http://127.0.0.1:${port}`,
    publicUrl: publicUrlOf(port),
    isListening: () => isListening,
    kill: () => send("SIGKILL"),
    async stop() {
      const ending = child;
      if (ending === undefined) return;
      send("SIGTERM");
      let hasEnded = false;
      void ending.status.then(() => hasEnded = true);
      try {
        await waitUntil(() => hasEnded, `server ${name} has stopped`, STOP_SECONDS * 1000);
      } catch (error) {
        onViolation(`Server ${name} did not stop within ${STOP_SECONDS} seconds`);
        await ending.end("SIGKILL");
        throw error;
      }
    },
    ready: () => waitUntil(() => isListening, `server ${name} listens`, READY_MILLISECONDS),
    retire() {
      isRetired = true;
    },
    revive() {
      isRetired = false;
      running = running.then(keepRunning);
    },
    async end() {
      isRetired = true;
      await child?.end("SIGKILL");
      await running;
    },
  };

  function send(signal: Deno.Signal): void {
    orders.add(signal);
    void child?.end(signal);
  }
}

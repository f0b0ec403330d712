/** Both ends of a worker: a process that does one thing when it is asked to, and says what came of it. */
import { fileURLToPath } from "node:url";
import * as v from "valibot";
import { waitUntil } from "../support/wait_until.ts";
import { type BenchProcess, startBenchProcess } from "./bench_process.ts";

export interface BenchWorker extends BenchProcess {
  /** Throws with the worker's words when it failed. */
  ask(task: string, order?: unknown): Promise<unknown>;
}

/** What a worker may do when it is asked; what it returns has to be JSON. */
export type WorkerTasks = Readonly<Record<string, (order: unknown) => Promise<unknown>>>;

const READY_MILLISECONDS = 30_000;
const PERMISSIONS = [
  "--no-prompt",
  "--allow-net=127.0.0.1,localhost",
  "--allow-read",
  "--allow-write=/tmp",
  "--allow-env",
  "--allow-sys",
];
const READY = /^ready (http:\S+)$/m;

/** Starts a file of this folder as a worker; `settings` are for its {@linkcode workerSettings}. */
export async function startWorker(file: string, settings: unknown): Promise<BenchWorker> {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const worker = startBenchProcess({ args: ["run", ...PERMISSIONS, path, JSON.stringify(settings)] });
  let url: string | undefined;
  await waitUntil(
    () => (url = READY.exec(worker.errors())?.[1]) !== undefined || !worker.isRunning(),
    `"${file}" is ready`,
    READY_MILLISECONDS,
  );
  if (url === undefined) throw new Error(`"${file}" ended by itself:\n${worker.errors()}`);
  return {
    ...worker,
    async ask(task, order = null) {
      const response = await fetch(`${url}/${task}`, { method: "POST", body: JSON.stringify(order) });
      const answer: unknown = await response.json();
      if (!response.ok) throw new Error(`"${file}" failed at "${task}": ${JSON.stringify(answer)}`);
      return answer;
    },
  };
}

/** In the worker: what {@linkcode startWorker} was given. */
export function workerSettings<Schema extends v.GenericSchema>(schema: Schema): v.InferOutput<Schema> {
  return v.parse(schema, JSON.parse(Deno.args[0] ?? "null"));
}

/** In the worker: does what it is asked until it is ended. */
export function serveTasks(tasks: WorkerTasks): void {
  Deno.serve({ hostname: "127.0.0.1", port: 0, onListen }, async (request) => {
    try {
      const name = new URL(request.url).pathname.slice(1);
      const task = tasks[name];
      if (task === undefined) throw new Error(`Cannot do "${name}": no such task`);
      return Response.json(await task(await request.json()) ?? null);
    } catch (error) {
      return Response.json(error instanceof Error ? error.stack : String(error), { status: 500 });
    }
  });
}

function onListen({ port }: Deno.NetAddr): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`ready http://127.0.0.1:${port}\n`));
}

/** The real server with the permissions of `deno task start`, and with nobody reading its log. */
import { freePort } from "../support/server_process.ts";
import { taskArguments } from "../support/task_arguments.ts";
import { waitUntil } from "../support/wait_until.ts";
import { type BenchProcess, startBenchProcess } from "./bench_process.ts";

export interface ServerProcess extends BenchProcess {
  readonly url: string;
  /** From its start until it answered. */
  readonly startMilliseconds: number;
}

/** A start on a million rows is measured too, so it may take its time. */
const READY_MILLISECONDS = 300_000;

/** Starts it on a free port and waits until it answers. */
export async function startServerProcess(settings: Readonly<Record<string, string>>): Promise<ServerProcess> {
  const port = freePort();
  const url = `http://127.0.0.1:${port}`;
  const started = performance.now();
  const server = startBenchProcess({
    args: await taskArguments("start"),
    env: { ...settings, PORT: String(port), PUBLIC_URL: `http://localhost:${port}` },
  });
  await waitUntil(
    async () => !server.isRunning() || await answers(`${url}/healthz`),
    "the server answers",
    READY_MILLISECONDS,
  );
  if (!server.isRunning()) throw new Error(`The server ended by itself:\n${server.errors()}`);
  return { ...server, url, startMilliseconds: performance.now() - started };
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url);
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

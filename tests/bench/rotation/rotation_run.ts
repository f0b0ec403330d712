/** What a process that rotates is asked, and what it says. */
import * as v from "valibot";
import type { BenchWorker } from "../bench_worker.ts";
import { readCpuSeconds } from "../process_usage.ts";

/** Where a rotating process finds its rows and the simulator. */
export const RotationSettings = v.object({
  databaseUrl: v.string(),
  simulatorUrl: v.string(),
  /** Of the server, for one that rotates as the server does. */
  settings: v.optional(v.record(v.string(), v.string()), {}),
});
export type RotationSettings = v.InferInput<typeof RotationSettings>;

/** One drain of all that is due. Times are milliseconds since 1970, of a machine that all processes share. */
export const RotationRun = v.object({
  rotations: v.number(),
  startedAt: v.number(),
  endedAt: v.number(),
});
export type RotationRun = v.InferOutput<typeof RotationRun>;

/** How many rotations a process has under way, whoever rotates. The scheduler's own width. */
export { CONCURRENCY as WIDTH } from "../../../server/rotation/scheduler.ts";

export interface Drained {
  readonly rotations: number;
  readonly seconds: number;
  /** Rotations a second, from the first process's start to the last one's end. */
  readonly rate: number;
  readonly cpuMicroseconds: number;
}

/** Lets all `workers` rotate at once until nothing is due. */
export async function drain(workers: readonly BenchWorker[], order: unknown = null): Promise<Drained> {
  const before = await cpuSecondsOf(workers);
  const answers = await Promise.all(workers.map((worker) => worker.ask("rotate", order)));
  const runs = answers.map((answer) => v.parse(RotationRun, answer));
  const cpuSeconds = await cpuSecondsOf(workers) - before;
  const rotations = runs.reduce((sum, run) => sum + run.rotations, 0);
  const milliseconds = Math.max(...runs.map(({ endedAt }) => endedAt)) -
    Math.min(...runs.map(({ startedAt }) => startedAt));
  const seconds = milliseconds / 1000;
  return {
    rotations,
    seconds,
    rate: rotations / seconds,
    cpuMicroseconds: cpuSeconds / rotations * 1e6,
  };
}

async function cpuSecondsOf(workers: readonly BenchWorker[]): Promise<number> {
  let sum = 0;
  for (const { pid } of workers) sum += await readCpuSeconds(pid);
  return sum;
}

/** Milliseconds since 1970, finer than `Date.now()`. */
export function preciseNow(): number {
  return performance.timeOrigin + performance.now();
}

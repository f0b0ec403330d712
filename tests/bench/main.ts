/**
 * The benchmark: every comparison in one run, on loopback, round by round in turn. Prints a table and writes
 * `dist/bench.json`. It judges nothing by time: what falls short is marked, and the run succeeds. It reads what processes
 * use in `/proc`, for which Deno wants every permission, so it runs on Linux only.
 *
 *     deno task bench [--quick] [--part status,rotation,sdk,scale,paint]
 */
import { parseArgs } from "node:util";
import { PROJECT } from "../support/child_process.ts";
import { endLivingProcesses } from "./bench_process.ts";
import { type BenchSizes, FULL_SIZES, QUICK_SIZES } from "./bench_sizes.ts";
import { type DurableCluster, startDurableCluster } from "./durable_cluster.ts";
import { isMet, type Part } from "./figure.ts";
import { tableFor } from "./figure_table.ts";
import { measurePaint } from "./paint/paint_part.ts";
import { measureRotation } from "./rotation/rotation_part.ts";
import { measureScale } from "./scale/scale_part.ts";
import { measureSdk } from "./sdk/sdk_part.ts";
import { measureStatus } from "./status/status_part.ts";

type MeasurePart = (cluster: DurableCluster, sizes: BenchSizes) => Promise<Part>;

const PARTS: Readonly<Record<string, MeasurePart>> = {
  status: measureStatus,
  rotation: measureRotation,
  sdk: measureSdk,
  scale: measureScale,
  paint: measurePaint,
};
const RESULT = new URL("dist/bench.json", PROJECT);

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    part: { type: "string", default: Object.keys(PARTS).join(",") },
  },
});
let cluster: DurableCluster | undefined;
for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, () => void breakOff());
await run();
Deno.exit(0);

async function run(): Promise<void> {
  const sizes = values.quick ? QUICK_SIZES : FULL_SIZES;
  const started = performance.now();
  const parts: Part[] = [];
  for (const name of values.part.split(",")) {
    const measure = PARTS[name];
    if (measure === undefined) throw new Error(`Cannot measure "${name}": no such part`);
    // One for each part: what one wrote is no burden to the next.
    await using started = await startDurableCluster();
    cluster = started;
    const part = await measure(started, sizes);
    parts.push(part);
    print(tableFor([part]));
  }
  const seconds = Math.round((performance.now() - started) / 1000);
  await writeResult(parts, seconds);
  print(`\n${values.quick ? "Quick run, figures without meaning" : "Done"}: ${seconds} s, dist/bench.json`);
}

async function breakOff(): Promise<void> {
  await endLivingProcesses();
  await cluster?.[Symbol.asyncDispose]();
  Deno.exit(130);
}

async function writeResult(parts: readonly Part[], seconds: number): Promise<void> {
  const result = {
    at: new Date().toISOString(),
    seconds,
    quick: values.quick,
    machine: { processors: navigator.hardwareConcurrency, deno: Deno.version.deno, os: Deno.build.os },
    parts: parts.map(({ title, figures }) => ({
      title,
      figures: figures.map((figure) => ({ ...figure, met: isMet(figure) ?? null })),
    })),
  };
  await Deno.mkdir(new URL(".", RESULT), { recursive: true });
  await Deno.writeTextFile(RESULT, `${JSON.stringify(result, null, 2)}\n`);
}

function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

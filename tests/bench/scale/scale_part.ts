/** A thousand connections against a million: what it takes to claim a due batch, to start, and to keep in memory. */
import type { BenchSizes } from "../bench_sizes.ts";
import type { DurableCluster } from "../durable_cluster.ts";
import type { Figure, Part } from "../figure.ts";
import { readSharedMemory } from "../process_usage.ts";
import { createRelatchDatabase, type RelatchDatabase } from "../relatch_database.ts";
import { alternate, ratioOf, valuesOf } from "../rounds.ts";
import { startBenchSimulator } from "../simulator/start_bench_simulator.ts";
import { quantile } from "../spread.ts";
import { CLAIM_LIMIT, measureClaims } from "./claim_time.ts";
import { fillConnections } from "./fill_connections.ts";
import { measureServer, PACE } from "./server_memory.ts";

const LARGEST_MEBIBYTES = 150;
const WARM_UP = { claims: 10 };

export async function measureScale(cluster: DurableCluster, sizes: BenchSizes): Promise<Part> {
  const { smallTable, largeTable, largeDue } = sizes;
  await using simulator = await startBenchSimulator(1 + largeDue);
  await using small = await createRelatchDatabase(cluster, { name: "small", simulatorUrl: simulator.url });
  await using large = await createRelatchDatabase(cluster, { name: "large", simulatorUrl: simulator.url });
  const [like] = await simulator.install(1);
  if (like === undefined) throw new Error("Cannot fill tables without a model");
  const filling = performance.now();
  await fillConnections(small, { rows: smallTable, dueEvery: 1, like });
  await fillConnections(large, { rows: largeTable, dueEvery: Math.floor(largeTable / largeDue), like });
  const fillSeconds = Math.round((performance.now() - filling) / 1000);

  for (const relatch of [small, large]) await measureClaims(relatch, WARM_UP);
  const rounds = await alternate([
    { name: "large", measure: () => measureClaims(large, sizes) },
    { name: "small", measure: () => measureClaims(small, sizes) },
  ], sizes.rounds);
  const of = (name: string) => valuesOf(rounds, name, (milliseconds) => quantile(milliseconds, 0.5));
  const all = (name: string) => rounds.get(name)?.flat() ?? [];

  const installs = await simulator.install(largeDue);
  const half = installs.length / 2;
  const options = { seconds: sizes.memorySeconds };
  const atLarge = await measureServer(large, { ...options, installs: installs.slice(0, half) });
  const databaseMemory = await readSharedMemory(cluster.pid);
  const atSmall = await measureServer(small, { ...options, installs: installs.slice(half) });
  const size = await databaseSize(large);
  const memory: readonly Figure[] = [
    {
      name: `server's memory at its highest, ${PACE} rotations a second`,
      unit: "MiB",
      ours: atLarge.paced.highest,
      theirs: atSmall.paced.highest,
      wanted: { atMost: LARGEST_MEBIBYTES },
      note: "The pace that a million connections need",
    },
    {
      name: "server's memory at its highest, catching up at full speed",
      unit: "MiB",
      ours: atLarge.hurried.highest,
      theirs: atSmall.hurried.highest,
      wanted: { atMost: LARGEST_MEBIBYTES },
      note:
        `${atLarge.hurried.rotations} and ${atSmall.hurried.rotations} rotations in ${sizes.memorySeconds} s`,
    },
    { name: "server's start", unit: "s", ours: atLarge.startSeconds, theirs: atSmall.startSeconds },
    { name: "PostgreSQL's memory, all processes", unit: "MiB", ours: databaseMemory },
    {
      name: "PostgreSQL's database",
      unit: "MiB",
      ours: size,
      note: `Both tables were filled in ${fillSeconds} s`,
    },
  ];
  return {
    title: `${largeTable.toLocaleString("en")} connections (ours) against ${
      smallTable.toLocaleString("en")
    } (theirs)`,
    figures: [
      {
        name: `claim of ${CLAIM_LIMIT} due`,
        unit: "ms",
        ours: quantile(of("large"), 0.5),
        theirs: quantile(of("small"), 0.5),
        ratio: ratioOf(of("large"), of("small")),
        wanted: { atMost: 1.2 },
      },
      {
        name: `claim of ${CLAIM_LIMIT} due, 95 of 100`,
        unit: "ms",
        ours: quantile(all("large"), 0.95),
        theirs: quantile(all("small"), 0.95),
      },
      ...memory,
    ],
  };
}

async function databaseSize({ database }: RelatchDatabase): Promise<number> {
  const [row] = await database<{ mebibytes: number }[]>`
    SELECT (pg_database_size(current_database()) / 1048576)::int AS mebibytes`;
  return row?.mebibytes ?? Number.NaN;
}

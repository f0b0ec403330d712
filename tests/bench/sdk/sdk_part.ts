/** Relatch against the official SDK on a Postgres session store: one process and four on the same connections. */
import type { BenchSizes } from "../bench_sizes.ts";
import { type BenchWorker, startWorker } from "../bench_worker.ts";
import type { DurableCluster } from "../durable_cluster.ts";
import type { Figure, Part } from "../figure.ts";
import { createRelatchDatabase, saveInstalls } from "../relatch_database.ts";
import { alternate, type Contender, ratioOf, type Rounds, valuesOf } from "../rounds.ts";
import { drain, type Drained, WIDTH } from "../rotation/rotation_run.ts";
import type { LedgerCounts } from "../simulator/bench_install.ts";
import { type BenchSimulator, startBenchSimulator } from "../simulator/start_bench_simulator.ts";
import { quantile } from "../spread.ts";

const PROCESSES = 4;

/** A drain by the ledger's count: only first uses of a token are rotations. */
type Round = Drained & LedgerCounts;

export async function measureSdk(cluster: DurableCluster, sizes: BenchSizes): Promise<Part> {
  const count = sizes.sdkRotations;
  // One each, so that each has a ledger of its own, and both are fresh.
  await using oursAt = await startBenchSimulator(count);
  await using sdkAt = await startBenchSimulator(count);
  await using relatch = await createRelatchDatabase(cluster, { name: "sdk", simulatorUrl: oursAt.url });
  const { database } = relatch;
  await saveInstalls(relatch, await oursAt.install(count));
  const ours = await startWorkers("rotation/relatch_worker.ts", {
    databaseUrl: relatch.url,
    simulatorUrl: oursAt.url,
    settings: relatch.settings,
  });
  await using _ours = disposeOf(ours);
  const sdks = await startWorkers("sdk/sdk_worker.ts", {
    databaseUrl: relatch.url,
    simulatorUrl: sdkAt.url,
  });
  await using _sdks = disposeOf(sdks);
  await sdks[0]?.ask("save", await sdkAt.install(count));

  async function rotateOurs(processes: number): Promise<Round> {
    await database`UPDATE connections SET next_refresh_at = now() - random() * interval '1 hour'`;
    await database`VACUUM ANALYZE connections`;
    return await counted(oursAt, () => drain(ours.slice(0, processes), { fetch: "single_use" }));
  }

  async function rotateSdk(processes: number, order: "by_expiry" | "shuffled"): Promise<Round> {
    await database`
      UPDATE application_sessions AS s SET expire_at = due.at, data = s.data || jsonb_build_object('expire_at', due.at)
      FROM (
        SELECT resource_id, ((extract(epoch FROM now()) - 3600 * random()) * 1000)::bigint AS at
        FROM application_sessions
      ) AS due
      WHERE due.resource_id = s.resource_id`;
    await database`VACUUM ANALYZE application_sessions`;
    return await counted(sdkAt, () => drain(sdks.slice(0, processes), { order }));
  }

  const contenders: readonly Contender<Round>[] = [
    { name: "ours 1", measure: () => rotateOurs(1) },
    { name: "sdk 1", measure: () => rotateSdk(1, "by_expiry") },
    { name: "ours 4", measure: () => rotateOurs(PROCESSES) },
    { name: "sdk 4", measure: () => rotateSdk(PROCESSES, "by_expiry") },
    { name: "sdk 4 shuffled", measure: () => rotateSdk(PROCESSES, "shuffled") },
  ];
  await alternate(contenders, 1);
  const rounds = await alternate(contenders, sizes.sdkRounds);
  return {
    title: `Against the official SDK 3.1.0, ${WIDTH} at a time in each process, ${count} due`,
    figures: [
      {
        name: "rotations, one process",
        unit: "/s",
        ...compared(rounds, "ours 1", "sdk 1"),
        wanted: { atLeast: 2 },
      },
      {
        name: "rotations, four processes",
        unit: "/s",
        ...compared(rounds, "ours 4", "sdk 4"),
        wanted: { atLeast: 2 },
        note: "Every process of the SDK works through the sessions that expire, the first to expire first",
      },
      {
        name: "rotations, four processes, SDK in random order",
        unit: "/s",
        ...compared(rounds, "ours 4", "sdk 4 shuffled"),
      },
      ...doubleSpends(rounds, "one process", ["ours 1", "sdk 1"]),
      ...doubleSpends(rounds, "four processes", ["ours 4", "sdk 4"]),
      ...doubleSpends(rounds, "four, random order", ["ours 4", "sdk 4 shuffled"]),
    ],
  };
}

/** Of all rounds together. */
function doubleSpends(
  rounds: Rounds<Round>,
  who: string,
  [ours, theirs]: readonly [string, string],
): readonly Figure[] {
  const sum = (name: string, value: (round: Round) => number) =>
    valuesOf(rounds, name, value).reduce((total, each) => total + each, 0);
  const unit = `of ${sum(ours, ({ rotated }) => rotated)} / ${sum(theirs, ({ rotated }) => rotated)}`;
  const figure = (what: string, value: (round: Round) => number): Figure => ({
    name: `${who}: ${what}`,
    unit,
    ours: sum(ours, value),
    theirs: sum(theirs, value),
  });
  return [
    figure("presented again inside the window", ({ sameAgain }) => sameAgain),
    figure("presented outside the window", ({ outsideWindow }) => outsideWindow),
    figure("rotations lost", ({ lost }) => lost),
  ];
}

function compared(rounds: Rounds<Round>, ours: string, theirs: string) {
  const [a, b] = [ours, theirs].map((name) => valuesOf(rounds, name, ({ rate }) => rate));
  if (a === undefined || b === undefined) throw new Error("Cannot compare what was not measured");
  return { ours: quantile(a, 0.5), theirs: quantile(b, 0.5), ratio: ratioOf(a, b) };
}

/** The ledger's counts of this drain alone. */
async function counted(simulator: BenchSimulator, run: () => Promise<Drained>): Promise<Round> {
  const before = await simulator.ledger();
  const drained = await run();
  const after = await simulator.ledger();
  const difference = (name: keyof LedgerCounts): number => after[name] - before[name];
  const rotated = difference("rotated");
  const seconds = drained.seconds;
  return {
    ...drained,
    rotations: rotated,
    rate: rotated / seconds,
    rotated,
    calls: difference("calls"),
    sameAgain: difference("sameAgain"),
    outsideWindow: difference("outsideWindow"),
    lost: difference("lost"),
  };
}

async function startWorkers(file: string, settings: unknown): Promise<readonly BenchWorker[]> {
  const workers: BenchWorker[] = [];
  for (let process = 0; process < PROCESSES; process++) workers.push(await startWorker(file, settings));
  return workers;
}

function disposeOf(workers: readonly BenchWorker[]): AsyncDisposable {
  return {
    async [Symbol.asyncDispose]() {
      for (const worker of workers) await worker[Symbol.asyncDispose]();
    },
  };
}

/** Relatch's rotation against a naive loop of the same width, beside what the database and the simulator can do. */
import type { BenchSizes } from "../bench_sizes.ts";
import { startWorker } from "../bench_worker.ts";
import type { DurableCluster } from "../durable_cluster.ts";
import type { Figure, Part } from "../figure.ts";
import { hasPgbench, measureCommits, preparePgbench } from "../pgbench.ts";
import { readCpuSeconds, readTreeCpuSeconds } from "../process_usage.ts";
import { createRelatchDatabase, saveInstalls } from "../relatch_database.ts";
import { alternate, type Contender, ratioOf, valuesOf } from "../rounds.ts";
import { makeReachableFolder } from "../../support/reachable_folder.ts";
import { startBenchSimulator } from "../simulator/start_bench_simulator.ts";
import { quantile } from "../spread.ts";
import { createNaiveTable } from "./naive_table.ts";
import { drain, type Drained, WIDTH } from "./rotation_run.ts";

/** As many as the server's pool has connections. */
const PGBENCH_CLIENTS = 10;

interface Round extends Drained {
  readonly simulatorMicroseconds: number;
  readonly databaseMicroseconds: number;
}

export async function measureRotation(cluster: DurableCluster, sizes: BenchSizes): Promise<Part> {
  const count = sizes.rotations;
  await using simulator = await startBenchSimulator(2 * count + WIDTH);
  await using relatch = await createRelatchDatabase(cluster, {
    name: "rotation",
    simulatorUrl: simulator.url,
  });
  const { database } = relatch;
  await saveInstalls(relatch, await simulator.install(count));
  await createNaiveTable(database, await simulator.install(count));
  const refreshTokens = (await simulator.install(WIDTH)).map((install) => install.refresh_token);
  const shared = { databaseUrl: relatch.url, simulatorUrl: simulator.url };
  await using ours = await startWorker("rotation/relatch_worker.ts", {
    ...shared,
    settings: relatch.settings,
  });
  await using naive = await startWorker("rotation/naive_worker.ts", shared);
  await using post = await startWorker("rotation/post_worker.ts", { ...shared, refreshTokens });
  await using folder = await makeReachableFolder("relatch-pgbench-");
  const { statements, script } = await preparePgbench(folder.path);
  const withPgbench = await hasPgbench();
  for (const statement of statements) await database.unsafe(statement);

  async function measured(run: () => Promise<Drained>): Promise<Round> {
    const before = [await readCpuSeconds(simulator.pid), await readTreeCpuSeconds(cluster.pid)];
    const drained = await run();
    const after = [await readCpuSeconds(simulator.pid), await readTreeCpuSeconds(cluster.pid)];
    const [simulatorMicroseconds = 0, databaseMicroseconds = 0] = after.map((seconds, index) =>
      (seconds - (before[index] ?? 0)) / drained.rotations * 1e6
    );
    return { ...drained, simulatorMicroseconds, databaseMicroseconds };
  }

  async function rotateOurs(fetch: "single_use" | "kept_connections"): Promise<Round> {
    await database`
      UPDATE connections SET next_refresh_at = now() - random() * interval '1 hour', updated_at = now()`;
    await database`VACUUM ANALYZE connections`;
    return await measured(() => drain([ours], { fetch }));
  }

  async function rotateNaive(): Promise<Round> {
    await database`UPDATE naive_connections SET next_refresh_at = now() - random() * interval '1 hour'`;
    await database`VACUUM ANALYZE naive_connections`;
    return await measured(() => drain([naive]));
  }

  async function commit(): Promise<Round> {
    const rate = withPgbench
      ? await measureCommits({
        cluster,
        database: "rotation",
        script,
        clients: PGBENCH_CLIENTS,
        seconds: sizes.roundSeconds,
      })
      : Number.NaN;
    return {
      rate,
      rotations: 0,
      seconds: 0,
      cpuMicroseconds: 0,
      simulatorMicroseconds: 0,
      databaseMicroseconds: 0,
    };
  }

  const contenders: readonly Contender<Round>[] = [
    { name: "ours", measure: () => rotateOurs("single_use") },
    { name: "naive", measure: rotateNaive },
    { name: "kept", measure: () => rotateOurs("kept_connections") },
    { name: "commits", measure: commit },
    { name: "post", measure: () => measured(() => drain([post], { fetch: "kept_connections", count })) },
    { name: "post_single", measure: () => measured(() => drain([post], { fetch: "single_use", count })) },
  ];
  await alternate(contenders, 1);
  const rounds = await alternate(contenders, sizes.rounds);

  const of = (name: string, value: (round: Round) => number) => valuesOf(rounds, name, value);
  const rateOf = ({ rate }: Round) => rate;
  const compared = (ours: string, theirs: string, value: (round: Round) => number) => ({
    ours: quantile(of(ours, value), 0.5),
    theirs: quantile(of(theirs, value), 0.5),
    ratio: ratioOf(of(ours, value), of(theirs, value)),
  });
  const floor: readonly Figure[] = withPgbench
    ? [
      {
        name: `against pgbench, ${PGBENCH_CLIENTS} clients, one-row updates`,
        unit: "/s",
        ...compared("ours", "commits", rateOf),
        note: "A rotation of ours shares two commits with up to 15 others",
      },
      { name: "naive loop against pgbench", unit: "/s", ...compared("naive", "commits", rateOf) },
    ]
    : [];
  return {
    title: `Rotation, ${WIDTH} at a time in one process, ${count} due: Relatch against a naive loop`,
    figures: [
      {
        name: "rotations",
        unit: "/s",
        ...compared("ours", "naive", rateOf),
        wanted: { atLeast: 0.7 },
      },
      {
        name: "rotations, ours over kept connections",
        unit: "/s",
        ...compared("kept", "naive", rateOf),
      },
      {
        name: "processor time of the process",
        unit: "µs",
        ...compared("ours", "naive", (r) => r.cpuMicroseconds),
      },
      {
        name: "processor time, ours over kept connections",
        unit: "µs",
        ...compared("kept", "naive", (r) => r.cpuMicroseconds),
      },
      {
        name: "processor time of PostgreSQL",
        unit: "µs",
        ...compared("ours", "naive", (r) => r.databaseMicroseconds),
      },
      {
        name: "processor time of the simulator",
        unit: "µs",
        ...compared("ours", "naive", (r) => r.simulatorMicroseconds),
      },
      ...floor,
      {
        name: "only the POST: single-use against kept",
        unit: "/s",
        ...compared("post_single", "post", rateOf),
        note: "What the simulator answers at the most: a rate near it says more about the simulator",
      },
    ],
  };
}

/** The status read of the real server against a bare route with the same query, under the same load. */
import * as v from "valibot";
import { locationStatusPath } from "#shared/endpoints.ts";
import { createSession, grantConnection } from "../../../server/connections/session.ts";
import type { BenchSizes } from "../bench_sizes.ts";
import { startWorker } from "../bench_worker.ts";
import type { DurableCluster } from "../durable_cluster.ts";
import type { Part } from "../figure.ts";
import { readCpuSeconds } from "../process_usage.ts";
import { createRelatchDatabase, type RelatchDatabase, saveInstalls } from "../relatch_database.ts";
import { alternate, type Contender, ratioOf, valuesOf } from "../rounds.ts";
import { startServerProcess } from "../server_process.ts";
import { startBenchSimulator } from "../simulator/start_bench_simulator.ts";
import { quantile } from "../spread.ts";
import { LoadResult } from "./status_load.ts";

const LOAD_CONNECTIONS = 32;
const WARM_UP_SECONDS = 2;

interface Round extends LoadResult {
  readonly rate: number;
  readonly cpuMicroseconds: number;
}

export async function measureStatus(cluster: DurableCluster, sizes: BenchSizes): Promise<Part> {
  await using simulator = await startBenchSimulator(sizes.smallTable);
  await using relatch = await createRelatchDatabase(cluster, {
    name: "status",
    simulatorUrl: simulator.url,
  });
  const installs = await simulator.install(sizes.smallTable);
  const [connectionId = ""] = await saveInstalls(relatch, installs);
  const sessionToken = await createSessionFor(relatch, connectionId);
  const path = locationStatusPath(installs[0]?.locationId ?? "");
  await relatch.database`VACUUM ANALYZE`;

  await using server = await startServerProcess(relatch.settings);
  await using quiet = await startServerProcess({ ...relatch.settings, LOG_LEVEL: "warn" });
  await using bare = await startWorker("status/bare_status_worker.ts", { databaseUrl: relatch.url });
  const { url: bareUrl } = v.parse(v.object({ url: v.string() }), await bare.ask("address"));
  await using load = await startWorker("status/status_load_worker.ts", null);

  async function measure(target: { pid: number; url: string }, seconds: number): Promise<Round> {
    const before = await readCpuSeconds(target.pid);
    const order = { url: target.url + path, sessionToken, connections: LOAD_CONNECTIONS, seconds };
    const result = v.parse(LoadResult, await load.ask("load", order));
    if (result.failures > 0) throw new Error(`Cannot measure: ${result.failures} status reads failed`);
    const cpuSeconds = await readCpuSeconds(target.pid) - before;
    return {
      ...result,
      rate: result.answers / result.seconds,
      cpuMicroseconds: cpuSeconds / result.answers * 1e6,
    };
  }

  const targets = [
    { name: "server", pid: server.pid, url: server.url },
    { name: "bare", pid: bare.pid, url: bareUrl },
    { name: "quiet", pid: quiet.pid, url: quiet.url },
  ];
  for (const target of targets) await measure(target, WARM_UP_SECONDS);
  const contenders = targets.map((target): Contender<Round> => ({
    name: target.name,
    measure: () => measure(target, sizes.roundSeconds),
  }));
  const rounds = await alternate(contenders, sizes.rounds);
  const of = (name: string, value: (round: Round) => number) => valuesOf(rounds, name, value);
  const median = (name: string, value: (round: Round) => number) => quantile(of(name, value), 0.5);
  const compared = (value: (round: Round) => number, name = "server") => ({
    ours: median(name, value),
    theirs: median("bare", value),
    ratio: ratioOf(of(name, value), of("bare", value)),
  });
  return {
    title:
      `Status read, ${LOAD_CONNECTIONS} kept connections: the server against a bare Hono route with the same query`,
    figures: [
      { name: "reads", unit: "/s", ...compared(({ rate }) => rate), wanted: { atLeast: 0.9 } },
      { name: "reads, LOG_LEVEL=warn", unit: "/s", ...compared(({ rate }) => rate, "quiet") },
      { name: "processor time a read", unit: "µs", ...compared((round) => round.cpuMicroseconds) },
      {
        name: "processor time a read, LOG_LEVEL=warn",
        unit: "µs",
        ...compared((round) => round.cpuMicroseconds, "quiet"),
      },
      { name: "latency, 99 of 100", unit: "ms", ...compared((round) => round.slowMilliseconds) },
    ],
  };
}

async function createSessionFor({ database }: RelatchDatabase, connectionId: string): Promise<string> {
  return await database.begin(async (tx) => {
    const { id: sessionId, token } = await createSession(tx);
    await grantConnection(tx, { sessionId, connectionId });
    return token;
  });
}

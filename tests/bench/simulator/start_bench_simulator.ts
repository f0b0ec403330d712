/** Starts a simulator with many locations in a process of its own. */
import * as v from "valibot";
import type { BenchProcess } from "../bench_process.ts";
import { startWorker } from "../bench_worker.ts";
import { BenchInstall, LedgerCounts } from "./bench_install.ts";

export interface BenchSimulator extends BenchProcess {
  readonly url: string;
  /** Installs so many locations that were not installed yet. */
  install(count: number): Promise<readonly BenchInstall[]>;
  ledger(): Promise<LedgerCounts>;
}

export async function startBenchSimulator(locations: number): Promise<BenchSimulator> {
  const worker = await startWorker("simulator/bench_simulator.ts", { locations });
  const { url } = v.parse(v.object({ url: v.string() }), await worker.ask("address"));
  return {
    ...worker,
    url,
    install: async (count) => v.parse(v.array(BenchInstall), await worker.ask("install", { count })),
    ledger: async () => v.parse(LedgerCounts, await worker.ask("ledger")),
  };
}

/** What a run says about itself. */
import type { ChaosOptions } from "./chaos_options.ts";
import type { ChaosWorld } from "./chaos_world.ts";
import type { LogRecord } from "./log_record.ts";
import { createTally, type Tally } from "./tally.ts";
import type { Verdict } from "./verdict.ts";

export interface ReportOptions {
  readonly world: ChaosWorld;
  readonly options: ChaosOptions;
  readonly record: LogRecord;
  readonly ordered: Tally;
  readonly verdict: Verdict;
  readonly seconds: number;
}

export function reportLines({ world, options, record, ordered, verdict, seconds }: ReportOptions): string[] {
  const { court, outages, traffic, ends } = world;
  const refreshes = verdict.ledger.calls.filter(({ grantType }) => grantType === "refresh_token");
  const [outcomes, faults] = [createTally(), createTally()];
  for (const { outcome, fault } of refreshes) {
    outcomes.add(outcome);
    if (fault !== null) faults.add(fault);
  }
  const rotations = outcomes.count("rotated");
  const posts = (refreshes.length / Math.max(1, rotations)).toFixed(3);
  return [
    "",
    `Seed                      ${options.seed}`,
    `Duration                  ${Math.round(seconds)} s`,
    `Rotations                 ${rotations}, with ${refreshes.length} POSTs: ${posts} each`,
    `POSTs by outcome          ${outcomes.text()}`,
    `Inside the window again   ${outcomes.count("same_again")}`,
    `Faults                    ${faults.total()}: ${faults.text()}`,
    `Kills                     ${court.kills.total()}: ${court.kills.text()}`,
    `Server processes ended    ${ends.text()}`,
    `Database taken away       ${outages.done.total()}: ${outages.done.text()}`,
    `Also                      ${ordered.text()}`,
    `Takeovers                 ${record.takeovers()}`,
    `Journal entries replayed  ${record.recovered.total()}: ${record.recovered.text()}`,
    `Callers' answers          ${traffic.answers.text()}`,
    `Installs                  ${traffic.installs.text()}`,
    `History                   ${verdict.events.text()}`,
    `Log events                ${record.events.text()}`,
    `Steps                     ${record.steps.text()}`,
    "",
    `Connections               ${world.locationIds.length}, refreshable now ${verdict.refreshable}`,
    `Connections lost          ${verdict.lost}`,
    `Lost rotations            ${verdict.lostRotations} (and ${verdict.lostInReplacedInstalls} of installs that were replaced)`,
    `Presented after window    ${verdict.presentedOutsideWindow}`,
  ];
}

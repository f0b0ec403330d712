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
  const { court, outages, traffic, ends, people, agencyLife, loneLocations } = world;
  const { webhooks, calls, truth } = verdict;
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
    `Installs                  ${people.installs.text()}`,
    `Removals                  ${people.removals.text()}`,
    `At agencies               ${agencyLife.acts.text()}`,
    `At other locations        ${loneLocations.acts.text()}`,
    `Webhooks                  ${webhooks.events} events: ${webhooks.lost} lost, ${webhooks.repeated} sent again, ` +
    `${webhooks.attempts} calls, ${webhooks.received} received, ${webhooks.done} done, ` +
    `${webhooks.claimedAgain} claimed again`,
    `Mints                     ${calls.mints} (at most ${calls.mostMints})`,
    `Pages of listings         ${calls.pages} (at most ${calls.mostPages})`,
    `Questions about one       ${calls.questions} (at most ${calls.mostQuestions})`,
    `Other API calls           installer details ${calls.details} · uninstall ${calls.uninstalls}, ` +
    `${calls.faults} of all with a fault`,
    `History                   ${verdict.events.text()}`,
    `Log events                ${record.events.text()}`,
    `Steps                     ${record.steps.text()}`,
    "",
    `Agencies                  ${
      truth.companies.filter(({ installed }) => installed).length
    } of ${options.agencies} ` +
    `installed, ${truth.locations.filter(({ listed }) => listed).length} locations covered`,
    `Installs with tokens      ${verdict.installed}, refreshable now ${verdict.refreshable}`,
    `Connections lost          ${verdict.lost}`,
    `Lost rotations            ${verdict.lostRotations} (and ${verdict.lostInReplacedInstalls} of installs that were replaced)`,
    `Presented after window    ${verdict.presentedOutsideWindow}`,
  ];
}

/** Runs a number of random histories, some tens of them side by side, and makes the smallest of one that went wrong. */
import fc from "fast-check";
import { createTally, type Tally } from "../../chaos/tally.ts";
import type { TestPostgres } from "../../support/test_postgres.ts";
import { historyPlan } from "./history_plan.ts";
import { runBatch } from "./run_batch.ts";
import { type WeatherPlan, weatherPlan } from "./weather_plan.ts";

export interface HistoriesOptions {
  readonly histories: number;
  /** Whatever is random follows from it, except ids and the order in which answers come back. */
  readonly seed: number;
}

export interface HistoriesOutcome {
  readonly histories: number;
  readonly acts: number;
  readonly webhooks: number;
  readonly crashes: number;
  /** By their names. */
  readonly exceptions: Tally;
  /** What is known of the first ones that went wrong. */
  readonly failures: readonly string[];
  /**
   * What went wrong once and not again with the same plans: the time that passes in a jump can catch a rotation in the
   * middle of its call, whose own clock does not see the jump. To be read, and not to be believed.
   */
  readonly unrepeated: readonly string[];
}

/** Histories that share HighLevel, the weather and two processes. */
const SIDE_BY_SIDE = 25;
/** While the database works for one of them, there is something to do for another. */
const RUNS_AT_ONCE = 2;
const SHRINK_MILLISECONDS = 60_000;

export async function runHistories(
  postgres: Pick<TestPostgres, "createDatabase">,
  { histories, seed }: HistoriesOptions,
): Promise<HistoriesOutcome> {
  const plans = fc.sample(historyPlan, { seed, numRuns: histories });
  const weathers = fc.sample(weatherPlan, { seed, numRuns: Math.ceil(histories / SIDE_BY_SIDE) });
  const exceptions = createTally();
  const failures: string[] = [];
  const unrepeated: string[] = [];
  const total = { histories: 0, acts: 0, webhooks: 0, crashes: 0 };
  const waiting = [...weathers.entries()];

  async function runSome(): Promise<void> {
    for (let next = waiting.shift(); next !== undefined && failures.length === 0; next = waiting.shift()) {
      const [index, weather] = next;
      const first = index * SIDE_BY_SIDE;
      const mine = plans.slice(first, first + SIDE_BY_SIDE).map((plan, nth) => [first + nth, plan] as const);
      const batch = { weather, plans: new Map(mine), seed: seed + index };
      let outcome = await runBatch(postgres, batch);
      const found = [...outcome.errors, ...outcome.failures.values()];
      if (found.length > 0) {
        outcome = await runBatch(postgres, batch);
        if (outcome.errors.length + outcome.failures.size === 0) unrepeated.push(...found);
      }
      total.histories += mine.length;
      total.acts += outcome.acts;
      total.webhooks += outcome.webhooks;
      total.crashes += outcome.crashes;
      for (const exception of outcome.exceptions) exceptions.add(exception);
      failures.push(...outcome.errors, ...outcome.failures.values());
      const [number] = outcome.failures.keys();
      if (number !== undefined) failures.unshift(await shrink(postgres, { number, weather, seed, index }));
    }
  }

  await Promise.all(Array.from({ length: RUNS_AT_ONCE }, runSome));
  return { ...total, exceptions, failures, unrepeated };
}

/** The least of a history that still goes wrong when it is alone, as far as there is time to find it. */
async function shrink(
  postgres: Pick<TestPostgres, "createDatabase">,
  { number, weather, seed, index }: { number: number; weather: WeatherPlan; seed: number; index: number },
): Promise<string> {
  const goesWell = fc.asyncProperty(historyPlan, async (plan) => {
    const outcome = await runBatch(postgres, {
      weather,
      plans: new Map([[number, plan]]),
      seed: seed + index,
    });
    const [found] = [...outcome.failures.values(), ...outcome.errors];
    if (found !== undefined) throw new Error(found);
  });
  const { errorInstance, numShrinks } = await fc.check(goesWell, {
    seed,
    path: `${number}`,
    numRuns: 1,
    interruptAfterTimeLimit: SHRINK_MILLISECONDS,
  });
  return errorInstance instanceof Error
    ? `Alone, and made smaller ${numShrinks} times:\n${errorInstance.message}`
    : `History ${number} does not go wrong alone`;
}

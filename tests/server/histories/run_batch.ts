/** Many histories side by side, from their beginning until everything has come to rest and was compared with the truth. */
import type { TestPostgres } from "../../support/test_postgres.ts";
import { calmDown } from "./calm_down.ts";
import { compareWithTruth } from "./compare_with_truth.ts";
import { CRASH_MESSAGE } from "./crashes.ts";
import { describeFailure } from "./describe_failure.ts";
import type { Exception } from "./exceptions.ts";
import { findViolations, type Moment } from "./find_violations.ts";
import { viewHighLevel } from "./highlevel_view.ts";
import type { HistoryPlan } from "./history_plan.ts";
import { findMisuse } from "./find_misuse.ts";
import { createHistoryWorld, type HistoryWorld } from "./history_world.ts";
import { liveThrough } from "./live_through.ts";
import { passRound } from "./pass_round.ts";
import { performAct } from "./perform_act.ts";
import { readRows } from "./rows.ts";
import { createScene, type Scene } from "./scene.ts";
import type { Round, WeatherPlan } from "./weather_plan.ts";

export interface Batch {
  readonly weather: WeatherPlan;
  /** By their numbers, which their ids are made of. */
  readonly plans: ReadonlyMap<number, HistoryPlan>;
  readonly seed: number;
}

export interface BatchOutcome {
  /** What went wrong in a history, with all that is known of it, by its number. */
  readonly failures: ReadonlyMap<number, string>;
  /** Lines of the log about what went wrong and nobody ordered. */
  readonly errors: readonly string[];
  readonly exceptions: readonly Exception[];
  readonly acts: number;
  readonly crashes: number;
  readonly webhooks: number;
}

export async function runBatch(
  postgres: Pick<TestPostgres, "createDatabase">,
  { weather, plans, seed }: Batch,
): Promise<BatchOutcome> {
  await using world = await createHistoryWorld(postgres, { weather, seed });
  const { simulator } = world.relatch;
  const scenes = [...plans].map(([number, plan]) => createScene(simulator, plan, number));
  const problems = new Map<Scene, string[]>();
  const exceptions: Exception[] = [];
  const note = (scene: Scene, found: readonly string[]): void => {
    if (found.length > 0) problems.set(scene, [...problems.get(scene) ?? [], ...found]);
  };
  const lookAtAll = async (when: string): Promise<Moment> => {
    const moment = { highlevel: await viewHighLevel(world.relatch), rows: await readRows(world.relatch) };
    // What was wrong once is told once.
    for (const scene of scenes) {
      if (!problems.has(scene)) {
        const found = [...scene.breaches, ...findViolations(moment, scene)];
        note(scene, found.map((what) => `${when}: ${what}`));
      }
    }
    return moment;
  };

  let acts = 0;
  for (const [index, round] of weather.rounds.entries()) {
    if (scenes.every(({ plan, next }) => next >= plan.acts.length)) break;
    await passRound(world, round, async () => {
      const done = await Promise.all(scenes.map((scene) => actInRound(world, scene, round)));
      acts += done.reduce((sum, count) => sum + count, 0);
    });
    await lookAtAll(`in round ${index}`);
    for (const { lines } of scenes) lines.push(`-- round ${index}: ${lineFor(round)}`);
    await (round.watched ? liveThrough(world, round.seconds) : world.passTime(round.seconds));
  }

  await calmDown(world, weather);
  const moment = await lookAtAll("at the end");
  for (const scene of scenes) {
    const compared = await compareWithTruth(world, moment, scene);
    note(scene, compared.differences.map((what) => `at the end: ${what}`));
    exceptions.push(...compared.exceptions);
  }
  const misuse = findMisuse(simulator.ledger, moment);
  const failures = new Map<number, string>();
  for (const scene of scenes) {
    note(scene, [...scene.companyIds, ...scene.locationIds].flatMap((id) => misuse.get(id) ?? []));
    const found = problems.get(scene);
    if (found !== undefined) {
      failures.set(scene.number, await describeFailure(world, { scene, moment, problems: found }));
    }
  }
  return {
    failures,
    errors: unexpectedErrors(world),
    exceptions,
    acts,
    crashes: world.crashes.counts.rotation + world.crashes.counts.upkeep,
    webhooks: simulator.webhooks.deliveries().reduce((sum, { attempts }) => sum + attempts.length, 0),
  };
}

/** How many acts there were. What Relatch may never do stands among the lines. */
async function actInRound(world: HistoryWorld, scene: Scene, { acts }: Round): Promise<number> {
  const coming = scene.plan.acts.slice(scene.next, scene.next + acts).filter((act) => act !== null);
  scene.next += acts;
  for (const act of coming) {
    const line = scene.lines.push(`${act.do} …`) - 1;
    try {
      scene.lines[line] = `${act.do} ${await performAct(world, scene, act)}`;
    } catch (error) {
      const what = error instanceof Error ? error.message : String(error);
      scene.lines[line] = `${act.do} failed: ${what}`;
      scene.breaches.push(what);
    }
  }
  return coming.length;
}

/** What the processes logged of failures that nobody ordered. */
function unexpectedErrors(world: HistoryWorld): string[] {
  return world.logLines().filter((line) => line.includes('"error":') && !line.includes(CRASH_MESSAGE));
}

function lineFor(
  { order, pumps, due, upkeep, rotation, held, slow, crash, restart, seconds, watched }: Round,
): string {
  const parts = [
    order,
    pumps ? "webhooks delivered" : "",
    due ? "all tokens due" : "",
    `upkeep ${upkeep}`,
    held === null ? `rotation ${rotation}` : `rotations held at ${held}`,
    slow ? "slow answers to the second" : "",
    crash === null ? "" : `crash of ${crash.part} at ${crash.step} ${crash.nth}`,
    restart ? "second restarted" : "",
    `then ${seconds} s ${watched ? "watched" : "alone"}`,
  ];
  return parts.filter((part) => part !== "").join(", ");
}

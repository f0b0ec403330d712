/** Many histories side by side, from their beginning until everything has come to rest and was compared with the truth. */
import type { Ledger } from "../../simulator/ledger.ts";
import type { TestPostgres } from "../../support/test_postgres.ts";
import { calmDown } from "./calm_down.ts";
import { compareWithTruth } from "./compare_with_truth.ts";
import { CRASH_MESSAGE } from "./crashes.ts";
import { describeFailure } from "./describe_failure.ts";
import type { Exception } from "./exceptions.ts";
import { findViolations, type Moment } from "./find_violations.ts";
import { viewHighLevel } from "./highlevel_view.ts";
import type { HistoryPlan } from "./history_plan.ts";
import { createHistoryWorld, type HistoryWorld, type Process } from "./history_world.ts";
import { liveThrough, lookForRotations, makeAllDue } from "./live_through.ts";
import { performAct } from "./perform_act.ts";
import { readRows } from "./rows.ts";
import { createScene, type Scene } from "./scene.ts";
import type { Looking, Round, WeatherPlan } from "./weather_plan.ts";

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
    const mine = misuse.filter((what) =>
      [...scene.companyIds, ...scene.locationIds].some((id) => what.endsWith(id))
    );
    note(scene, mine);
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

async function passRound(world: HistoryWorld, round: Round, act: () => Promise<void>): Promise<void> {
  const { crashes, relatch } = world;
  if (round.restart) await world.restartSecond();
  if (round.due) await makeAllDue(world);
  crashes.order(round.crash);
  const held = round.held === null ? undefined : crashes.hold(round.held);
  // What it begins is held until the acts are over.
  if (held !== undefined) await world.first.rotation.scheduler.look();
  const rotations = held === undefined ? processesOf(world, round.rotation) : [];
  const work = async (): Promise<void> => {
    await Promise.all([
      ...rotations.map(lookForRotations),
      ...processesOf(world, round.upkeep).map(world.keepUp),
    ]);
  };
  const deliver = async (): Promise<void> => {
    if (round.pumps) await relatch.simulator.webhooks.pump({ atOnce: 4 });
  };
  switch (round.order) {
    case "acts_first":
      await act();
      await deliver();
      await work();
      break;
    case "work_first":
      await work();
      await deliver();
      await act();
      break;
    case "at_once":
      await Promise.all([act(), deliver(), work()]);
      break;
  }
  held?.release();
  await rest(world);
  crashes.order(null);
  await takeOver(world);
}

/** Waits for what went on beside the round: what was begun by a request, or held. */
async function rest({ first, second }: HistoryWorld): Promise<void> {
  for (const { rotation, upkeep } of [first, second]) {
    await Promise.all([
      rotation.scheduler.idle(),
      rotation.rotator.idle(),
      upkeep.worker.idle(),
      upkeep.minter.idle(),
    ]);
  }
}

/** As in life, a second after its lease has ended: in time for the window of a token that may be used up. */
async function takeOver(world: HistoryWorld): Promise<void> {
  const { database } = world.relatch;
  for (let tries = 0; tries < 2; tries++) {
    const left = await database`SELECT id FROM connections WHERE lease_id IS NOT NULL LIMIT 1`;
    if (left.length === 0) return;
    await world.passTime(11);
    await lookForRotations(world.second);
  }
}

/** Refresh tokens that Relatch mixed up or lost; a resource's id ends each sentence. */
function findMisuse(ledger: Ledger, { highlevel }: Moment): string[] {
  const isHarmless = ({ credential, at }: { credential: string | null; at: number }): boolean => {
    const { ended } = highlevel.familyOf(credential ?? "");
    // HighLevel had ended it meanwhile, and refuses it in words that say nothing of the token.
    return ended !== null && ended.at <= at || highlevel.wasInactiveInsideWindow(credential ?? "");
  };
  const late = ledger.refreshTokensPresentedOutsideWindow().filter((call) => !isHarmless(call));
  const lost = ledger.lostRotations().filter(({ familyId }) =>
    !ledger.calls().some(({ credential }) =>
      credential !== null && ledger.familyIdOf(credential) === familyId &&
      highlevel.wasInactiveInsideWindow(credential)
    )
  );
  return [
    ...late.map(({ resourceId }) => `a refresh token was presented after its window, that of ${resourceId}`),
    ...lost.map(({ resourceId }) => `the answer to a rotation was lost, that of ${resourceId}`),
  ];
}

/** What the processes logged of failures that nobody ordered. */
function unexpectedErrors(world: HistoryWorld): string[] {
  return world.logLines().filter((line) => line.includes('"error":') && !line.includes(CRASH_MESSAGE));
}

function processesOf({ first, second }: HistoryWorld, looking: Looking): Process[] {
  switch (looking) {
    case "none":
      return [];
    case "first":
      return [first];
    case "second":
      return [second];
    case "both":
      return [first, second];
  }
}

function lineFor(
  { order, pumps, due, upkeep, rotation, held, crash, restart, seconds, watched }: Round,
): string {
  const parts = [
    order,
    pumps ? "webhooks delivered" : "",
    due ? "all tokens due" : "",
    `upkeep ${upkeep}`,
    held === null ? `rotation ${rotation}` : `rotations held at ${held}`,
    crash === null ? "" : `crash of ${crash.part} at ${crash.step} ${crash.nth}`,
    restart ? "second restarted" : "",
    `then ${seconds} s ${watched ? "watched" : "alone"}`,
  ];
  return parts.filter((part) => part !== "").join(", ");
}

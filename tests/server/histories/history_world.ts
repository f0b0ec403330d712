/** Where many histories take place side by side: one HighLevel, one database, and two processes of Relatch. */
import { createLogger } from "../../../server/log.ts";
import type { Rotation } from "../../../server/rotation/start_rotation.ts";
import { createUpkeep, type Upkeep } from "../../../server/upkeep/start_upkeep.ts";
import { createRandom } from "../../simulator/seeded_random.ts";
import { AGENCY_SETTINGS, keepUp } from "../../support/agency_stage.ts";
import {
  createSecondProcess,
  install,
  passTime,
  type StagedConnection,
} from "../../support/rotation_stage.ts";
import type { TestPostgres } from "../../support/test_postgres.ts";
import { createTestRelatch, LOCATION_ID, type TestRelatch } from "../../support/test_relatch.ts";
import { createBriskClock } from "./brisk_clock.ts";
import { type Crashes, createCrashes } from "./crashes.ts";
import type { WeatherPlan } from "./weather_plan.ts";

/** What keeps connections alive and in step with HighLevel in one process. */
export interface Process {
  readonly rotation: Rotation;
  readonly upkeep: Upkeep;
}

export interface HistoryWorld extends AsyncDisposable {
  readonly relatch: TestRelatch;
  /** It answers requests, too. */
  readonly first: Process;
  /** May be another one after a restart. What HighLevel's API answers to its upkeep can be held. */
  readonly second: Process;
  readonly crashes: Crashes;
  /** An install that nothing happens to: that HighLevel accepts it shows that the app's credentials are right. */
  readonly bystander: StagedConnection;
  /** What both processes logged so far. */
  logLines(): readonly string[];
  /** The second process ends, and another one takes its place. */
  restartSecond(): Promise<void>;
  /** Lets time pass for everybody. */
  passTime(seconds: number): Promise<void>;
  /** Does all upkeep that is due, in one process. */
  keepUp(process: Process): Promise<void>;
  /** Seconds since each time when that was done. */
  lookedSecondsAgo(): readonly number[];
  /** Lets the processes' own clocks go on, by which they wait. */
  letClocksRun(seconds: number): void;
}

export async function createHistoryWorld(
  postgres: Pick<TestPostgres, "createDatabase">,
  { weather, seed }: { weather: WeatherPlan; seed: number },
): Promise<HistoryWorld> {
  const crashes = createCrashes();
  const random = createRandom(seed);
  // Each has its own: who waits long for one thing does not use up the time of another.
  const [rotationClock, upkeepClock] = [createBriskClock(), createBriskClock()];
  const rotationOptions = { clock: rotationClock, random, reach: crashes.reachRotation };
  const upkeepOptions = { clock: upkeepClock, random, reach: crashes.reachUpkeep };
  const relatch = await createTestRelatch(postgres, {
    settings: AGENCY_SETTINGS,
    rotation: rotationOptions,
    upkeep: upkeepOptions,
  });
  const { simulator } = relatch;
  Object.assign(simulator.switches, weather.switches);
  const lines: string[] = [];

  function startSecond(): Process {
    const rotation = createSecondProcess(relatch, rotationOptions);
    const upkeep = createUpkeep({
      app: relatch.config.highlevel,
      keys: relatch.keys,
      database: relatch.database,
      async fetch(input, init) {
        const response = await simulator.app.fetch(new Request(input, init));
        await crashes.answered();
        return response;
      },
      logger: createLogger({ level: "debug", write: (line) => lines.push(line) }),
      rotator: rotation.rotator,
      ...upkeepOptions,
    });
    return { rotation, upkeep };
  }

  const bystander = await install(relatch, LOCATION_ID);
  simulator.webhooks.orders.disorder(weather.disorder);
  let second = startSecond();
  const looks: number[] = [];
  const letClocksRun = (seconds: number): void => {
    for (const clock of [rotationClock, upkeepClock]) clock.advance(seconds * 1000);
  };
  return {
    relatch,
    first: relatch,
    get second() {
      return second;
    },
    crashes,
    bystander,
    logLines: () => [...relatch.logLines, ...lines],
    async restartSecond() {
      await stop(second);
      second = startSecond();
    },
    async passTime(seconds) {
      if (seconds === 0) return;
      letClocksRun(seconds);
      await passTime(relatch, seconds);
    },
    letClocksRun,
    async keepUp(process) {
      await keepUp(process);
      looks.push(simulator.clock.now());
    },
    lookedSecondsAgo: () => looks.map((at) => (simulator.clock.now() - at) / 1000),
    async [Symbol.asyncDispose]() {
      await stop(second);
      await relatch[Symbol.asyncDispose]();
    },
  };
}

async function stop({ rotation, upkeep }: Process): Promise<void> {
  await Promise.all([rotation.stop(), upkeep.stop()]);
}

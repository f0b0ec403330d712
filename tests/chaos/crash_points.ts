/** Where a server process of a chaos run dies: at any step of any rotation and of all upkeep, when the dice and the run say so. */
import * as v from "valibot";
import type { Logger } from "../../server/log.ts";
import type { ReachStep, RotationStep } from "../../server/rotation/steps.ts";
import type { ReachWork } from "../../server/upkeep/work_sources.ts";
import { workStep } from "./crash_goals.ts";
import type { SeededRandom } from "./seeded_random.ts";

/** How often the run is asked, for each step. What is reached seldom asks often. */
const ODDS: Readonly<Record<RotationStep, number>> = {
  claiming: 0.02,
  claimed: 0.12,
  answered: 0.12,
  storing: 0.2,
  journaled: 0.8,
  stored: 0.12,
  failure_recorded: 0.8,
};
/** The same, for each kind of upkeep. */
const WORK_ODDS: Readonly<Record<string, number>> = { webhook: 0.12, install_check: 0.25 };
const SELDOM_WORK_ODDS = 0.6;

/** What the run is asked. */
export const CrashRequest = v.object({ server: v.string(), step: v.string(), unsecured: v.number() });
/** What it says. */
export const CrashAnswer = v.object({ crash: v.boolean() });

export interface CrashPointOptions {
  /** By which the run knows this process. */
  readonly server: string;
  /** Where to ask. */
  readonly url: string;
  readonly random: SeededRandom;
  readonly logger: Logger;
}

/** As `startServer()` takes them. */
export interface CrashPoints {
  readonly reach: ReachStep;
  readonly reachWork: ReachWork;
}

/** Writes each step to the log, so that it is known after the process died. */
export function createCrashPoints({ server, url, random, logger }: CrashPointOptions): CrashPoints {
  /** Rotations whose outcome is neither in the database nor on the disk. */
  const unsecured = new Set<string>();

  async function mayCrash(step: string): Promise<boolean> {
    const body = JSON.stringify({ server, step, unsecured: unsecured.size });
    try {
      const response = await fetch(url, { method: "POST", body });
      return v.parse(CrashAnswer, await response.json()).crash;
    } catch {
      return false;
    }
  }

  async function pass(
    step: string,
    { odds, connectionId }: { odds: number; connectionId: string | null },
  ): Promise<void> {
    logger.info("step", { step, connection_id: connectionId, unsecured: unsecured.size });
    if (!random.chance(odds) || !await mayCrash(step)) return;
    Deno.kill(Deno.pid, "SIGKILL");
    await new Promise(() => {});
  }

  return {
    async reach(step, connectionId) {
      if (connectionId !== null && step === "claimed") unsecured.add(connectionId);
      if (connectionId !== null && isSecured(step)) unsecured.delete(connectionId);
      await pass(step, { odds: ODDS[step], connectionId });
    },
    reachWork: (step, work) =>
      pass(workStep(work, step), { odds: WORK_ODDS[work] ?? SELDOM_WORK_ODDS, connectionId: null }),
  };
}

function isSecured(step: RotationStep): boolean {
  return step === "journaled" || step === "stored" || step === "failure_recorded";
}

/** Where a server process of a chaos run dies: at any step of any rotation, when the dice and the run say so. */
import * as v from "valibot";
import type { Logger } from "../../server/log.ts";
import type { ReachStep, RotationStep } from "../../server/rotation/steps.ts";
import type { SeededRandom } from "./seeded_random.ts";

/** How often the run is asked, for each step. What is reached seldom asks often. */
const ODDS: Readonly<Record<RotationStep, number>> = {
  claiming: 0.015,
  claimed: 0.08,
  answered: 0.08,
  storing: 0.08,
  journaled: 0.6,
  stored: 0.08,
  failure_recorded: 0.5,
};

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

/** Writes each step to the log, so that it is known after the process died. */
export function createCrashPoints({ server, url, random, logger }: CrashPointOptions): ReachStep {
  /** Rotations whose outcome is neither in the database nor on the disk. */
  const unsecured = new Set<string>();

  async function mayCrash(step: RotationStep): Promise<boolean> {
    const body = JSON.stringify({ server, step, unsecured: unsecured.size });
    try {
      const response = await fetch(url, { method: "POST", body });
      return v.parse(CrashAnswer, await response.json()).crash;
    } catch {
      return false;
    }
  }

  return async (step, connectionId) => {
    if (connectionId !== null && step === "claimed") unsecured.add(connectionId);
    if (connectionId !== null && isSecured(step)) unsecured.delete(connectionId);
    logger.info("step", { step, connection_id: connectionId, unsecured: unsecured.size });
    if (!random.chance(ODDS[step]) || !await mayCrash(step)) return;
    Deno.kill(Deno.pid, "SIGKILL");
    await new Promise(() => {});
  };
}

function isSecured(step: RotationStep): boolean {
  return step === "journaled" || step === "stored" || step === "failure_recorded";
}

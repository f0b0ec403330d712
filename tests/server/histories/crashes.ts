/** Leaves work in the middle, as the end of a process would, and holds up what is under way. */
import type { ReachStep, RotationStep } from "../../../server/rotation/steps.ts";
import type { ReachWork } from "../../../server/upkeep/work_sources.ts";
import type { Crash } from "./weather_plan.ts";

export const CRASH_MESSAGE = "The process has ended";

export interface Hold {
  release(): void;
}

export interface Crashes {
  readonly reachRotation: ReachStep;
  readonly reachUpkeep: ReachWork;
  /** Takes the place of an order that has not struck. */
  order(crash: Crash | null): void;
  /** Rotations that come to `step` from now on wait there until they are released. */
  hold(step: RotationStep): Hold;
  /** Answers of HighLevel's API that pass {@linkcode answered} from now on are late: they wait until they are released. */
  holdAnswers(): Hold;
  answered(): Promise<void>;
  /** How often work of each part was left in the middle. */
  readonly counts: Readonly<Record<Crash["part"], number>>;
}

export function createCrashes(): Crashes {
  const counts = { upkeep: 0, rotation: 0 };
  let ordered: { readonly crash: Crash; left: number } | null = null;
  let held: { readonly step: RotationStep; readonly released: Promise<void> } | undefined;
  let heldAnswers: Promise<void> | undefined;

  function strike(part: Crash["part"], step: string): void {
    if (ordered === null || ordered.crash.part !== part || ordered.crash.step !== step) return;
    ordered.left -= 1;
    if (ordered.left >= 0) return;
    ordered = null;
    counts[part] += 1;
    throw new Error(`${CRASH_MESSAGE} at "${step}"`);
  }

  return {
    counts,
    async reachRotation(step) {
      strike("rotation", step);
      if (held?.step === step) await held.released;
    },
    reachUpkeep(step) {
      strike("upkeep", step);
    },
    order(crash) {
      ordered = crash === null ? null : { crash, left: crash.nth };
    },
    hold(step) {
      const { promise: released, resolve } = Promise.withResolvers<void>();
      held = { step, released };
      return {
        release() {
          held = undefined;
          resolve();
        },
      };
    },
    holdAnswers() {
      const { promise, resolve } = Promise.withResolvers<void>();
      heldAnswers = promise;
      return {
        release() {
          heldAnswers = undefined;
          resolve();
        },
      };
    },
    answered: async () => await heldAnswers,
  };
}

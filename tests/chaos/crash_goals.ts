/** At which steps a run has to have killed a process before it may end. */
import { ROTATION_STEPS } from "../../server/rotation/steps.ts";
import type { ChaosOptions } from "./chaos_options.ts";

/** One kill at any of the steps. */
export interface CrashGoal {
  readonly name: string;
  readonly steps: readonly string[];
}

/** The kinds of upkeep, and the steps of each. */
const WORK: Readonly<Record<string, readonly string[]>> = {
  webhook: ["claimed", "applied", "ended"],
  removal: ["claimed", "ended"],
  listing: ["claimed", "ended"],
  location_check: ["claimed", "ended"],
  install_check: ["claimed", "ended"],
  mint: ["claimed", "ended"],
};
/** A run with fewer kills has not enough of them for every kind of upkeep. */
const EVERY_KIND_KILLS = 60;

/** A step of the upkeep as kills and logs name it. */
export function workStep(work: string, step: string): string {
  return `${work} ${step}`;
}

/** Every step of a rotation; and every step of every kind of upkeep, or in a short run of any kind. */
export function crashGoals({ agencies, kills }: Pick<ChaosOptions, "agencies" | "kills">): CrashGoal[] {
  const ofRotations = ROTATION_STEPS.map((step) => ({ name: step, steps: [step] }));
  if (agencies === 0) return ofRotations;
  const ofWork = Object.entries(WORK).flatMap(([work, steps]) =>
    steps.map((step) => ({ step, full: workStep(work, step) }))
  );
  if (kills >= EVERY_KIND_KILLS) {
    return [...ofRotations, ...ofWork.map(({ full }) => ({ name: full, steps: [full] }))];
  }
  const byStep = Map.groupBy(ofWork, ({ step }) => step);
  const anyWork = [...byStep].map(([step, of]) => ({
    name: workStep("any work", step),
    steps: of.map(({ full }) => full),
  }));
  return [...ofRotations, ...anyWork];
}

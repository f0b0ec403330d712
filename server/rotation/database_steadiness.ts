/** Whether the database has been there without a break, as far as this process can tell from asking it every second. */
import type { RotationClock } from "./rotation_clock.ts";
import { STEADY_SECONDS } from "./rotation_times.ts";

/** Longer than this without an answer is a break, whoever was away. */
const LONGEST_SILENCE_SECONDS = 5;

export interface DatabaseSteadiness {
  /** The database has answered. */
  answered(): void;
  /** It has not. */
  failed(): void;
  isSteady(): boolean;
}

export function createDatabaseSteadiness(clock: RotationClock): DatabaseSteadiness {
  let since: number | undefined;
  let last = 0;
  const isBroken = (now: number): boolean =>
    since === undefined || now - last > LONGEST_SILENCE_SECONDS * 1000;
  return {
    answered() {
      const now = clock.monotonic();
      if (isBroken(now)) since = now;
      last = now;
    },
    failed() {
      since = undefined;
    },
    isSteady() {
      const now = clock.monotonic();
      return since !== undefined && !isBroken(now) && now - since >= STEADY_SECONDS * 1000;
    },
  };
}

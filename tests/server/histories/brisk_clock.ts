/** A clock on which waiting takes next to no time, and which can be set forward. */
import { setTimeout as timer } from "node:timers/promises";
import type { RotationClock } from "../../../server/rotation/rotation_clock.ts";

export interface BriskClock extends RotationClock {
  advance(milliseconds: number): void;
}

/** Waits up to here are over as soon as everything else had its turn … */
const SHORT_MILLISECONDS = 3000;
/** … and longer ones, which may be somebody's patience with the others, so many times as fast. */
const HASTE = 200;

/** Those who wait at the same time wait side by side, as in real time. */
export function createBriskClock(): BriskClock {
  let ahead = 0;
  const monotonic = (): number => performance.now() + ahead;
  return {
    monotonic,
    async delay(milliseconds, signal) {
      const end = monotonic() + milliseconds;
      try {
        const real = milliseconds > SHORT_MILLISECONDS ? milliseconds / HASTE : 1;
        await timer(real, undefined, signal === undefined ? {} : { signal });
      } catch (error) {
        if (signal?.aborted !== true) throw error;
        return;
      }
      ahead = Math.max(ahead, end - performance.now());
    },
    advance(milliseconds) {
      ahead += milliseconds;
    },
  };
}

/** What the rotation knows of time beside the database's: how long something took, and waiting. Never a date. */
import { setTimeout as timer } from "node:timers/promises";

export interface RotationClock {
  /** Milliseconds since some moment; unlike a date it never jumps. */
  monotonic(): number;
  /** Resolves after `milliseconds`, or at once when `signal` aborts. */
  delay(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: RotationClock = {
  monotonic: () => performance.now(),
  async delay(milliseconds, signal) {
    try {
      await timer(milliseconds, undefined, signal === undefined ? {} : { signal });
    } catch (error) {
      if (signal?.aborted !== true) throw error;
    }
  },
};

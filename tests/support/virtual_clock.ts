/** A clock that stands still until somebody waits, and then jumps. */
import type { RotationClock } from "../../server/rotation/rotation_clock.ts";

export interface VirtualClock extends RotationClock {
  advance(milliseconds: number): void;
}

/** `onAdvance` is told of every jump, for other clocks that should go along. */
export function createVirtualClock(
  onAdvance: (milliseconds: number) => void | Promise<void> = () => {},
): VirtualClock {
  let now = 0;
  return {
    monotonic: () => now,
    async delay(milliseconds, signal) {
      if (signal?.aborted) return;
      now += milliseconds;
      await onAdvance(milliseconds);
    },
    advance(milliseconds) {
      now += milliseconds;
    },
  };
}

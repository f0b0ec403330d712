/** The simulator's time: another clock plus an offset that tests move forward. It never goes back and never sleeps. */

/** Times are milliseconds since the epoch, as `Date.now()` gives them. */
export interface Clock {
  now(): number;
  /** Throws a `RangeError` for a negative or fractional number of milliseconds. */
  advance(milliseconds: number): void;
}

/** A clock on top of `base`; pass a constant function for one that stands still until it is advanced. */
export function createClock(base: () => number = Date.now): Clock {
  let offset = 0;
  return {
    now: () => base() + offset,
    advance(milliseconds) {
      if (!Number.isSafeInteger(milliseconds) || milliseconds < 0) {
        throw new RangeError(`Cannot advance the clock by "${milliseconds}" milliseconds`);
      }
      offset += milliseconds;
    },
  };
}

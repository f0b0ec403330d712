/**
 * Remembers for some minutes which authorization codes were used, in this process and as digests only: who reloads the
 * page of an install, or opens it twice, costs HighLevel no call.
 */
import { digestOf } from "../crypto/opaque_token.ts";

export interface RecentCodes<Outcome> {
  /**
   * Runs `exchange` for a code that was not used lately, and gives its outcome also to those who come with the same code
   * before it is there. `undefined` for those who come later: the code is spent. Throws as `exchange` does.
   */
  use(code: string, exchange: () => Promise<Outcome>): Promise<Outcome | undefined>;
}

export interface RecentCodesOptions<Outcome> {
  /** False for an outcome after which HighLevel may still accept the code. */
  readonly isSpentBy: (outcome: Outcome) => boolean;
  /** Milliseconds. */
  readonly now: () => number;
}

/** Longer than the lifetime that third parties saw, so that a spent code does not come back. */
export const REMEMBERED_MILLISECONDS = 15 * 60_000;
/** The oldest is forgotten for a newer one; whoever comes with it then costs a call, and no more. */
export const MAX_REMEMBERED = 1000;

interface RecentCode<Outcome> {
  /** While it is under way; a spent code has none. */
  readonly outcome?: Promise<Outcome>;
  readonly until: number;
}

export function createRecentCodes<Outcome>(
  { isSpentBy, now }: RecentCodesOptions<Outcome>,
): RecentCodes<Outcome> {
  // In the order of their ends, since all are remembered for the same time.
  const codes = new Map<string, RecentCode<Outcome>>();

  function forgetOld(): void {
    for (const [digest, { until }] of codes) {
      if (until > now() && codes.size < MAX_REMEMBERED) return;
      codes.delete(digest);
    }
  }

  return {
    async use(code, exchange) {
      const digest = digestOf(code).toHex();
      const known = codes.get(digest);
      if (known !== undefined && known.until > now()) return await known.outcome;
      forgetOld();
      const outcome = exchange();
      const recent = { outcome, until: now() + REMEMBERED_MILLISECONDS };
      codes.set(digest, recent);
      let isSpent = false;
      try {
        isSpent = isSpentBy(await outcome);
        return await outcome;
      } finally {
        // Otherwise it was forgotten, and may be under way again.
        if (codes.get(digest) === recent) {
          if (isSpent) codes.set(digest, { until: recent.until });
          else codes.delete(digest);
        }
      }
    },
  };
}

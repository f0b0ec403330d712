/** How long the open popup leaves the server alone between two questions. */

/** While all is well; also how often the popup looks whether it is time to ask. */
export const POLL_MS = 1_500;

/** While the server does not answer as it should. */
const SLOWEST_POLL_MS = 15_000;

/** Twice as long after each failure in a row, and never shorter than the server wants. Milliseconds. */
export function pollPause(
  { failures, retryAfterSeconds }: { failures: number; retryAfterSeconds: number | null },
): number {
  const pause = Math.min(POLL_MS * 2 ** failures, SLOWEST_POLL_MS);
  return Math.max(pause, (retryAfterSeconds ?? 0) * 1000);
}

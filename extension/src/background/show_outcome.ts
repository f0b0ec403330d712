/** Brings the popup back when an attempt has ended: it closed when the sign-in window took the focus. */
import type { ConnectedAttempt, FailedAttempt } from "../attempt.ts";

/** The browser's window needs a moment to get the focus back. */
const TRIES = 3;
const PAUSE_MS = 250;

/** Tries and gives up silently: the outcome is stored, and the next popup shows it. */
export async function showOutcome(
  openPopup: () => Promise<void>,
  outcome: ConnectedAttempt | FailedAttempt,
): Promise<void> {
  // Who closed the window or said no knows that already.
  if (outcome.phase === "failed" && (outcome.cause === "cancelled" || outcome.cause === "access_denied")) {
    return;
  }
  for (let tries = 0; tries < TRIES; tries++) {
    try {
      return await openPopup();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}

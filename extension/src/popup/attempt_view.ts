/** The views of an attempt: while it runs, and when it failed. */
import type { AttemptCause, ConnectingAttempt, FailedAttempt } from "../attempt.ts";
import type { Text } from "../text.ts";
import { type ActionButton, BARE_VIEW, type PopupView } from "./popup_view.ts";
import { headingFor } from "./status_view.ts";

/** The server refuses an attempt that took longer. */
const ATTEMPT_EXPIRES_MS = 10 * 60_000;

const CANCEL: ActionButton = { action: "cancel", label: "action_cancel" };
const START_AGAIN: ActionButton = { action: "retry", label: "action_start_again" };
const SHOW_WINDOW: ActionButton = { action: "show_window", label: "action_show_window" };
const TRY_AGAIN: ActionButton = { action: "retry", label: "action_try_again" };
const DISMISS: ActionButton = { action: "dismiss", label: "action_dismiss" };

/** A running attempt can always be left or started again, whatever became of its window. */
export function connectingViewFor(
  attempt: ConnectingAttempt,
  { name, now }: { name: string | null; now: number },
): PopupView {
  // A clock that was set back must not keep an attempt young for ever.
  const isExpired = Math.abs(now - attempt.startedAt) > ATTEMPT_EXPIRES_MS;
  const isOpening = attempt.windowId === null;
  return {
    ...BARE_VIEW,
    kind: "connecting",
    heading: attempt.locationId === null ? { key: "connecting_title" } : headingFor(name),
    locationId: attempt.locationId,
    badge: { icon: "progress", label: "state_connecting" },
    sentence: { key: isExpired ? "connecting_expired" : isOpening ? "connecting_opening" : "connecting" },
    nextStep: {
      key: isExpired ? "connecting_expired_next" : isOpening ? "connecting_opening_next" : "connecting_next",
    },
    primary: isOpening || isExpired ? null : SHOW_WINDOW,
    secondary: [START_AGAIN, CANCEL],
  };
}

/** Every cause has one sentence and one next step, under its own name in the locale files. */
export function failedViewFor(attempt: FailedAttempt, name: string | null): PopupView {
  return {
    ...BARE_VIEW,
    kind: "sign_in_failed",
    heading: attempt.locationId === null ? { key: "sign_in_failed_title" } : headingFor(name),
    locationId: attempt.locationId,
    badge: { icon: "error", label: "state_sign_in_failed" },
    ...causeWords(attempt.cause),
    primary: TRY_AGAIN,
    secondary: [DISMISS],
  };
}

function causeWords(cause: AttemptCause): { sentence: Text; nextStep: Text } {
  return { sentence: { key: `cause_${cause}` }, nextStep: { key: `cause_${cause}_next` } };
}

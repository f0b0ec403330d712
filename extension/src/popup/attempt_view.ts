/** The views of an attempt: while it runs, and when it failed. */
import { type AttemptCause, type ConnectingAttempt, type FailedAttempt, hasExpired } from "../attempt.ts";
import type { MessageKey, Text } from "../text.ts";
import { type ActionButton, type Badge, BARE_VIEW, type PopupView } from "./popup_view.ts";
import { headingFor } from "./status_view.ts";

const FAILED: Badge = { icon: "error", label: "state_sign_in_failed" };

const CANCEL: ActionButton = { action: "cancel", label: "action_cancel" };
const START_AGAIN: ActionButton = { action: "retry", label: "action_start_again" };
const SHOW_WINDOW: ActionButton = { action: "show_window", label: "action_show_window" };
const TRY_AGAIN: ActionButton = { action: "retry", label: "action_try_again" };
export const DISMISS: ActionButton = { action: "dismiss", label: "action_dismiss" };

/** A running attempt can always be left or started again, whatever became of its window. */
export function connectingViewFor(
  attempt: ConnectingAttempt,
  { name, isViewed, now }: { name: string | null; isViewed: boolean; now: number },
): PopupView {
  const [sentence, nextStep, canShow] = connectingWords(attempt, now);
  return {
    ...BARE_VIEW,
    kind: "connecting",
    heading: attempt.locationId === null || !isViewed ? { key: "connecting_title" } : headingFor(name),
    locationId: attempt.locationId,
    badge: hasExpired(attempt, now) ? FAILED : { icon: "progress", label: "state_connecting" },
    sentence: { key: sentence },
    nextStep: { key: nextStep },
    primary: canShow ? SHOW_WINDOW : null,
    secondary: [START_AGAIN, CANCEL],
  };
}

/** Where it stands, what to do, and whether there is a window to show. */
function connectingWords(attempt: ConnectingAttempt, now: number): [MessageKey, MessageKey, boolean] {
  if (hasExpired(attempt, now)) return ["connecting_expired", "connecting_expired_next", false];
  if (attempt.grant !== undefined) return ["connecting_finishing", "connecting_next", false];
  if (attempt.windowId === null) return ["connecting_opening", "connecting_opening_next", false];
  return ["connecting", "connecting_next", true];
}

/** Every cause has one sentence and one next step, under its own name in the locale files. */
export function failedViewFor(attempt: FailedAttempt, name: string | null): PopupView {
  return {
    ...BARE_VIEW,
    kind: "sign_in_failed",
    heading: attempt.locationId === null ? { key: "sign_in_failed_title" } : headingFor(name),
    locationId: attempt.locationId,
    badge: FAILED,
    ...causeWords(attempt.cause),
    primary: TRY_AGAIN,
    secondary: [DISMISS],
  };
}

function causeWords(cause: AttemptCause): { sentence: Text; nextStep: Text } {
  return { sentence: { key: `cause_${cause}` }, nextStep: { key: `cause_${cause}_next` } };
}

/** What "Try now" adds to a view: that it runs, and how it ended. The state that is known stays in sight. */
import type { Text } from "../text.ts";
import { withNote } from "./note.ts";
import type { PopupView } from "./popup_view.ts";
import type { RefreshFailure } from "./refresh_connection.ts";

/**
 * How the last try stands; null when its outcome is to be seen in the state itself.
 * - `in_vain`: nothing has changed; `at` in milliseconds since 1970
 */
export type RefreshProgress = { kind: "running" } | { kind: "in_vain"; at: number } | RefreshFailure;

/** How long a try was "just now". */
const JUST_NOW_MS = 60_000;

export function withRefresh(
  view: PopupView,
  { refresh, now }: { refresh: RefreshProgress | null; now: number },
): PopupView {
  if (refresh === null) return view;
  if (view.primary?.action !== "refresh") {
    // The server was asked again, and what it says now may come as a surprise.
    const isSurprise = refresh.kind === "not_found" && view.checkedAt !== null;
    return isSurprise ? withNote(view, failureText(refresh)) : view;
  }
  switch (refresh.kind) {
    case "running":
      return {
        ...view,
        nextStep: { key: "refreshing" },
        primary: { action: "refresh", label: "action_trying" },
      };
    case "in_vain":
      return Math.abs(now - refresh.at) > JUST_NOW_MS
        ? view
        : { ...view, sentence: { key: "refresh_in_vain" } };
    default:
      return { ...view, nextStep: failureText(refresh) };
  }
}

/** What went wrong and the one next step together, in the place of the next step. */
function failureText(failure: RefreshFailure): Text {
  switch (failure.kind) {
    case "not_found":
      return { key: "refresh_not_found" };
    case "timed_out":
      return { key: "refresh_timed_out" };
    case "unreachable":
      return { key: "refresh_unreachable" };
    case "server_trouble":
      return { key: "refresh_server_trouble" };
    case "unexpected_answer":
      return { key: "refresh_unexpected_answer" };
    case "rate_limited":
      return failure.retryAfterSeconds === null
        ? { key: "refresh_rate_limited" }
        : { key: "refresh_rate_limited_seconds", seconds: failure.retryAfterSeconds };
  }
}

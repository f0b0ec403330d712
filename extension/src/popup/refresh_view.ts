/** What "Try now" adds to a view: that it runs, and how it ended. The state that is known stays in sight. */
import type { OrderFailure } from "./connection_order.ts";
import { withSurprise } from "./note.ts";
import { orderFailureText } from "./order_failure_text.ts";
import type { PopupView } from "./popup_view.ts";

/**
 * How the last try stands; null when its outcome is to be seen in the state itself.
 * - `in_vain`: nothing has changed; `at` in milliseconds since 1970
 * - `not_found`: the server has no such connection that this session may see
 */
export type RefreshProgress =
  | { kind: "running" }
  | { kind: "in_vain"; at: number }
  | { kind: "not_found" }
  | OrderFailure;

/** How long a try was "just now". */
const JUST_NOW_MS = 60_000;

export function withRefresh(
  view: PopupView,
  { refresh, now }: { refresh: RefreshProgress | null; now: number },
): PopupView {
  if (refresh === null) return view;
  if (view.primary?.action !== "refresh") {
    return refresh.kind === "not_found" ? withSurprise(view, { key: "refresh_not_found" }) : view;
  }
  switch (refresh.kind) {
    case "running":
      return {
        ...view,
        nextStep: { key: "asking_highlevel" },
        primary: { action: "refresh", label: "action_trying" },
      };
    case "in_vain":
      return Math.abs(now - refresh.at) > JUST_NOW_MS
        ? view
        : { ...view, sentence: { key: "refresh_in_vain" } };
    case "not_found":
      return { ...view, nextStep: { key: "refresh_not_found" } };
    default:
      return { ...view, nextStep: orderFailureText(refresh) };
  }
}

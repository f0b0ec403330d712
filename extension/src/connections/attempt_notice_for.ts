/** What is said of an attempt above the list: as the popup says it, and what came of it. */
import type { ConnectionStatus } from "#shared/connection_status.ts";
import type { Attempt } from "../attempt.ts";
import { connectingViewFor, DISMISS, failedViewFor } from "../popup/attempt_view.ts";
import type { PopupView } from "../popup/popup_view.ts";
import { isNews } from "../popup/viewed_location.ts";
import { detailViewFor } from "./detail_view.ts";

export type AttemptNoticeInput = {
  attempt: Attempt | null;
  connections: readonly ConnectionStatus[];
  /** Milliseconds since 1970. */
  now: number;
};

/** Null: there is nothing to say of one. */
export function attemptNoticeFor({ attempt, connections, now }: AttemptNoticeInput): PopupView | null {
  if (attempt === null) return null;
  const { locationId } = attempt;
  const wanted = connections.find((status) => status.locationId === locationId);
  // Here is no page that could be meant by "this location".
  const name = wanted?.locationName ?? locationId;
  if (attempt.phase === "connecting") return connectingViewFor(attempt, { name, isViewed: true, now });
  if (!isNews(attempt, now)) return null;
  if (attempt.phase === "failed") return failedViewFor(attempt, name);
  // The list has the last word: it may be older than the outcome, and later newer.
  const status = connections.find(({ connectionId }) => connectionId === attempt.connection.connectionId);
  return status?.state === "connected"
    ? { ...detailViewFor({ status, refresh: null }, now), primary: null, secondary: [DISMISS] }
    : null;
}

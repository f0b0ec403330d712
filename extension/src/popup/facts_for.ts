/** The times that explain a state: at most three, so that they fit below the longest words. */
import type { ConnectionStatus } from "#shared/connection_status.ts";
import type { MessageKey } from "../text.ts";
import { accessOf } from "./access.ts";
import { lacksScopes } from "./note.ts";
import type { Fact } from "./popup_view.ts";
import { isBeingRemoved } from "./removal.ts";

/** `connectedAt`: since when it is well. Milliseconds since 1970. */
export function factsFor(
  status: ConnectionStatus,
  { connectedAt, now }: { connectedAt: number | null; now: number },
): Fact[] {
  const { problem, accessTokenExpiresAt } = status;
  const since = factAt("fact_problem_since", problem?.since);
  const lastRefreshed = factAt("fact_last_refreshed", status.lastRefreshedAt);
  const nextTry = dueFrom(now, factAt("fact_next_try", problem?.retryAt));
  switch (status.state) {
    case "connected":
      return [
        // What is missing needs the room.
        ...(lacksScopes(status) ? [] : lastRefreshed),
        ...dueFrom(now, factAt("fact_next_refresh", status.nextRefreshAt)),
        // The last, since it may come later than the others.
        ...(connectedAt === null ? [] : [{ label: "fact_connected", at: connectedAt } as const]),
      ];
    case "degraded":
      if (isBeingRemoved(status)) return [...factAt("event_removal_requested", problem?.since), ...nextTry];
      switch (accessOf(status, now)) {
        case "works":
          return [...since, ...nextTry, ...factAt("fact_runs_out", accessTokenExpiresAt)];
        case "ended":
          return [...since, ...nextTry, ...factAt("fact_ran_out", accessTokenExpiresAt)];
        case "unknown":
          return [...since, ...nextTry];
      }
      break;
    case "paused":
    case "reconnect_required":
      return [...since, ...lastRefreshed, ...nextTry];
    case "not_connected":
      return [];
  }
}

function factAt(label: MessageKey, time: string | null | undefined): Fact[] {
  const at = Date.parse(time ?? "");
  return Number.isNaN(at) ? [] : [{ label, at }];
}

/** What was to happen by now is due: "now", and not "5 minutes ago". */
function dueFrom(now: number, facts: Fact[]): Fact[] {
  return facts.map(({ label, at }) => ({ label, at: Math.max(at, now) }));
}

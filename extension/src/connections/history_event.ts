/** What an event of a connection's history means: where it leaves the connection, and how it reads. */
import { CONNECTION_EVENTS, type HistoryEvent } from "#shared/connection_events.ts";
import { CONNECTION_PROBLEM_CODES } from "#shared/connection_status.ts";
import type { MessageKey } from "../text.ts";
import { CATEGORIES, type Category } from "./listed_connections.ts";

type Meaning = { category: Category; label: MessageKey };

/** Null for an event of a newer server, of which this version knows nothing. */
export function meaningOf({ event }: HistoryEvent): Meaning | null {
  // Some events have the name of the state that they lead to.
  const state = CATEGORIES.find((category) => category === event);
  if (state !== undefined) return { category: state, label: `state_${state}` };
  const name = CONNECTION_EVENTS.find((known) => known === event);
  switch (name) {
    case "disconnected":
    case "uncovered":
      return { category: "not_connected", label: `event_${name}` };
    case "removal_requested":
      return { category: "disconnecting", label: `event_${name}` };
    case "reauthorized":
    case "renewed":
    case "recovered":
    case "covered":
      return { category: "connected", label: `event_${name}` };
    default:
      return null;
  }
}

/** Why a connection came into trouble; null for other causes, which are internals of the server. */
export function reasonOf({ cause }: HistoryEvent): MessageKey | null {
  const code = CONNECTION_PROBLEM_CODES.find((known) => known === cause);
  return code === undefined || code === "removal_pending" ? null : `reason_${code}`;
}

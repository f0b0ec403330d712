/** Since when a connection has been well without a break, from its history. */
import { ConnectionEvents, MOST_EVENTS_A_PAGE } from "#shared/connection_events.ts";
import { connectionEventsPath } from "#shared/endpoints.ts";
import { askFor } from "../ask_for.ts";
import type { Fetch } from "../server_answer.ts";
import type { StoredSession } from "../session_store.ts";

const TIMEOUT_MS = 5_000;

/** Renewed once a day, a connection fills a page in half a year. */
const MAX_PAGES = 4;

/** What can begin a time in which it was well. */
const BEGINNINGS: readonly string[] = ["connected", "reauthorized", "recovered", "covered"];
const BREAKS: readonly string[] = [
  "degraded",
  "paused",
  "reconnect_required",
  "disconnected",
  "removal_requested",
];

/** Milliseconds since 1970; null when the history does not tell. */
export async function fetchConnectedSince(
  fetch: Fetch,
  { session, connectionId }: { session: StoredSession; connectionId: string },
): Promise<number | null> {
  const query = new URLSearchParams({ limit: String(MOST_EVENTS_A_PAGE) });
  let since: number | null = null;
  for (let pages = 0; pages < MAX_PAGES; pages++) {
    const path = `${connectionEventsPath(connectionId)}?${query}`;
    const answer = await askFor(fetch, { session, path, schema: ConnectionEvents, timeoutMs: TIMEOUT_MS });
    if (answer.kind !== "answered") return null;
    const { events, nextCursor } = answer.body;
    for (const { at, event } of events) {
      if (BREAKS.includes(event)) return since;
      if (BEGINNINGS.includes(event)) since = Date.parse(at);
    }
    if (nextCursor === null) return since;
    query.set("cursor", nextCursor);
  }
  return null;
}

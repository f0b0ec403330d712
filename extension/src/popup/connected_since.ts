/** Since when a connection has been well without a break, from its history. */
import { ConnectionEvents, MOST_EVENTS_A_PAGE } from "#shared/connection_events.ts";
import { connectionEventsPath } from "#shared/endpoints.ts";
import { askServer, type Fetch } from "../server_answer.ts";
import type { StoredSession } from "../session_store.ts";
import * as v from "valibot";

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
  const url = session.server + connectionEventsPath(connectionId);
  const query = new URLSearchParams({ limit: String(MOST_EVENTS_A_PAGE) });
  let since: number | null = null;
  for (let pages = 0; pages < MAX_PAGES; pages++) {
    const answer = await askServer(fetch, `${url}?${query}`, { token: session.token, timeoutMs: TIMEOUT_MS });
    const parsed = v.safeParse(ConnectionEvents, answer.ok && answer.status === 200 ? answer.body : null);
    if (!parsed.success) return null;
    for (const { at, event } of parsed.output.events) {
      if (BREAKS.includes(event)) return since;
      if (BEGINNINGS.includes(event)) since = Date.parse(at);
    }
    if (parsed.output.nextCursor === null) return since;
    query.set("cursor", parsed.output.nextCursor);
  }
  return null;
}

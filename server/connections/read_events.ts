/** Reads the history of a connection, the newest first. Who did it stays here: it may be the id of another person. */
import type { HistoryEvent } from "#shared/connection_events.ts";
import type { Database } from "../db/connect_database.ts";

export interface EventsView {
  readonly events: HistoryEvent[];
  /** Before which event the next page begins; `null` when there is none. */
  readonly next: string | null;
}

export interface EventsQuery {
  readonly connectionId: string;
  readonly limit: number;
  /** The last event of the page before; `null` for the first page. */
  readonly before: string | null;
  /** What happened after this event is left out; `null`: nothing is. */
  readonly lastEventId: string | null;
}

/** No event has it: PostgreSQL's largest bigint. */
const MOST_ID = "9223372036854775807";

/** What is appended while somebody reads page by page moves none of the older ones. */
export async function readEvents(
  db: Database,
  { connectionId, limit, before, lastEventId }: EventsQuery,
): Promise<EventsView> {
  const rows = await db<{ id: string; at: Date; event: string; cause: string }[]>`
    SELECT id, at, event, cause FROM connection_events
    WHERE connection_id = ${connectionId} AND id < ${before ?? MOST_ID}::bigint
      AND id <= ${lastEventId ?? MOST_ID}::bigint
    ORDER BY id DESC LIMIT ${limit + 1}`;
  const page = rows.slice(0, limit);
  return {
    events: page.map(({ at, event, cause }) => ({ at: at.toISOString(), event, cause })),
    next: rows.length > limit ? page.at(-1)?.id ?? null : null,
  };
}

/** Reads every connection that a session may see, page by page: those it was granted, and the locations of its agencies. */
import type { ConnectionState } from "#shared/connection_status.ts";
import type { Database, Fragment, Queryable } from "../db/connect_database.ts";
import { isInstalled, readViews, viewColumns, viewedConnections, type ViewRow } from "./connection_view.ts";
import { liveGrants } from "./live_grants.ts";
import type { ConnectionView } from "./status_for.ts";
import { troubledRows } from "./troubled_connections.ts";

export interface ConnectionsView {
  readonly connections: readonly ConnectionView[];
  /** After which id the next page begins; `null` when there is none. */
  readonly next: string | null;
}

export interface ConnectionsQuery {
  readonly sessionId: string;
  readonly limit: number;
  /** The last id of the page before; `null` for the first page. */
  readonly after: string | null;
  /** Leaves out what cannot be in this state. What is left has to be judged: it may be in another. `null`: all. */
  readonly state: ConnectionState | null;
}

/** In the order of their ids, so that what comes and goes between two pages moves none of the others. */
export async function readConnections(
  db: Database,
  { limit, state, ...seen }: ConnectionsQuery,
): Promise<ConnectionsView> {
  // What has no install is not in the list.
  if (state === "not_connected") return { connections: [], next: null };
  const found = state === null || state === "connected"
    ? visibleRows(db, seen)
    : troubledRows(db, { ...seen, state });
  const rows = await db<ViewRow[]>`${found} LIMIT ${limit + 1}`;
  const page = rows.slice(0, limit);
  const views = await readViews(db, page);
  return { connections: [...views.values()], next: rows.length > limit ? page.at(-1)?.id ?? null : null };
}

/** A SELECT of what views are made of, in the order of the ids. */
function visibleRows(
  db: Queryable,
  { sessionId, after }: Pick<ConnectionsQuery, "sessionId" | "after">,
): Fragment {
  return db`
    SELECT ${viewColumns(db)} FROM (
      SELECT connection_id AS id FROM ${liveGrants(db)} g
      WHERE session_id = ${sessionId} AND coalesce(connection_id > ${after}, true)
      UNION
      SELECT v.connection_id FROM ${liveGrants(db)} g
      JOIN coverages v ON v.company_connection_id = g.connection_id AND v.installed
      WHERE g.session_id = ${sessionId} AND coalesce(v.connection_id > ${after}, true)
    ) visible JOIN ${viewedConnections(db)} ON c.id = visible.id
    WHERE ${isInstalled(db)}
    ORDER BY c.id`;
}

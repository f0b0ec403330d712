/**
 * Finds those connections of a session that can be in a state of trouble, because one of their installs is: their own or
 * their agency's. Which of the two counts is judged afterwards.
 */
import type { ConnectionState } from "#shared/connection_status.ts";
import type { Fragment, Queryable } from "../db/connect_database.ts";
import { isInstalled, viewColumns, viewedConnections } from "./connection_view.ts";
import { liveGrants } from "./live_grants.ts";
import { codesOf } from "./problem_state.ts";

export interface TroubledQuery {
  readonly sessionId: string;
  /** Only those behind this id. */
  readonly after: string | null;
  readonly state: Exclude<ConnectionState, "connected" | "not_connected">;
}

/** A SELECT of what views are made of, in the order of the ids. */
export function troubledRows(db: Queryable, { state, ...seen }: TroubledQuery): Fragment {
  // LATERAL with LIMIT: row by row over the indexes, however many rows the planner thinks there are.
  return db`
    SELECT judged.* FROM (${notWell(db, seen)} ORDER BY id) seen CROSS JOIN LATERAL (
      SELECT ${viewColumns(db)} FROM ${viewedConnections(db)}
      LEFT JOIN connections a ON a.id = v.company_connection_id
      WHERE c.id = seen.id AND ${isInstalled(db)} AND ${isAnyOf(db, state)}
      LIMIT 1
    ) judged ORDER BY seen.id`;
}

/** True where an own install `c`, the mint `v` or the agency's install `a` can lead to the state. */
function isAnyOf(db: Queryable, state: TroubledQuery["state"]): Fragment {
  if (state !== "degraded") {
    const codes = codesOf(state);
    return db`(c.problem_code = ANY(${codes}) OR v.problem_code = ANY(${codes}) OR a.problem_code = ANY(${codes}))`;
  }
  // Codes of a newer version count as trouble that passes, and so does a wish to disconnect.
  const others = [...codesOf("paused"), ...codesOf("reconnect_required")];
  return db`
    (c.problem_code <> ALL(${others}) OR v.problem_code <> ALL(${others}) OR a.problem_code <> ALL(${others})
      OR num_nonnulls(c.removal_due_at, a.removal_due_at) > 0)`;
}

/**
 * What was granted, and of the locations of granted agencies those where something is wrong with the agency's install. Where
 * nothing is, their own does not matter, and thousands of them are not looked at.
 */
function notWell(db: Queryable, { sessionId, after }: Pick<TroubledQuery, "sessionId" | "after">): Fragment {
  return db`
    SELECT connection_id AS id FROM ${liveGrants(db)} g
    WHERE session_id = ${sessionId} AND coalesce(connection_id > ${after}, true)
    UNION
    SELECT v.connection_id FROM ${liveGrants(db)} g
    CROSS JOIN LATERAL (
      SELECT v.connection_id FROM connections a JOIN coverages v ON v.company_connection_id = a.id AND v.installed
      WHERE a.id = g.connection_id AND num_nonnulls(a.problem_code, a.removal_due_at) > 0
      -- Grant by grant: else the planner may go through all coverages, or all connections.
      OFFSET 0
    ) v
    WHERE g.session_id = ${sessionId} AND coalesce(v.connection_id > ${after}, true)
    UNION
    SELECT v.connection_id FROM ${liveGrants(db)} g
    JOIN coverages v ON v.company_connection_id = g.connection_id AND v.installed AND v.problem_code IS NOT NULL
    WHERE g.session_id = ${sessionId} AND coalesce(v.connection_id > ${after}, true)
    UNION
    SELECT c.id FROM connections c CROSS JOIN LATERAL (
      SELECT FROM coverages v JOIN ${liveGrants(db)} g ON g.connection_id = v.company_connection_id
      WHERE v.connection_id = c.id AND v.installed AND g.session_id = ${sessionId}
      LIMIT 1
    ) seen
    WHERE c.removal_due_at IS NOT NULL AND coalesce(c.id > ${after}, true)`;
}

/** Reads what a session may know of a location, in one query. */
import { digestOf } from "../crypto/opaque_token.ts";
import type { Database, Queryable } from "../db/connect_database.ts";
import type { ConnectionRow } from "./status_for.ts";

/** The session is live; `connection` is `null` for an unknown location and for one that was not granted alike. */
export interface SessionView {
  readonly sessionRemainingSeconds: number;
  readonly connection: ConnectionRow | null;
}

/** `undefined` when the session is unknown or has ended. */
export async function readLocationStatus(
  db: Database,
  { sessionToken, locationId }: { sessionToken: string; locationId: string },
): Promise<SessionView | undefined> {
  const [row] = await db<
    ({ sessionRemainingSeconds: number; id: string | null } & Omit<ConnectionRow, "id">)[]
  >`
    SELECT extract(epoch FROM s.expires_at - now())::float8 AS "sessionRemainingSeconds", ${
    connectionColumns(db)
  }
    FROM sessions s
    LEFT JOIN (session_grants g JOIN connections c ON c.id = g.connection_id)
      ON g.session_id = s.id AND c.kind = 'location' AND c.location_id = ${locationId} AND c.refresh_token IS NOT NULL
    WHERE s.token_digest = ${digestOf(sessionToken)} AND s.expires_at > now()`;
  if (row === undefined) return undefined;
  const { sessionRemainingSeconds, id, ...columns } = row;
  return { sessionRemainingSeconds, connection: id === null ? null : { id, ...columns } };
}

/** The connection of this id, or `undefined` when there is none or its tokens were wiped. */
export async function readConnection(
  db: Queryable,
  connectionId: string,
): Promise<ConnectionRow | undefined> {
  const [row] = await db<ConnectionRow[]>`
    SELECT ${connectionColumns(db)} FROM connections c
    WHERE c.id = ${connectionId} AND c.refresh_token IS NOT NULL`;
  return row;
}

function connectionColumns(db: Queryable) {
  return db`
    c.id, c.kind, c.location_id AS "locationId", c.location_name AS "locationName", c.company_id AS "companyId",
    c.scopes, c.access_token_expires_at AS "accessTokenExpiresAt", c.last_refreshed_at AS "lastRefreshedAt",
    c.next_refresh_at AS "nextRefreshAt", c.problem_code AS "problemCode", c.problem_since AS "problemSince"`;
}

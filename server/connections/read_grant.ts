/** Reads whether a session may act on a connection, or what it may still read of one that has ended. */
import { digestOf } from "../crypto/opaque_token.ts";
import type { Queryable } from "../db/connect_database.ts";
import { viewedConnections } from "./connection_view.ts";
import { liveGrants } from "./live_grants.ts";

/** The session is live; `connectionId` is `null` for an unknown connection and for one that was not granted alike. */
export interface GrantView {
  readonly sessionRemainingSeconds: number;
  /** As the database writes it: one connection has one id, whatever letters a caller used. */
  readonly connectionId: string | null;
  /** The session may act on the install that the connection lives by: on its agency's, where that reaches it. */
  readonly mayRemove: boolean;
}

/** `undefined` when the session is unknown or has ended. `connectionId` has to be a UUID. */
export async function readGrant(
  db: Queryable,
  { sessionToken, connectionId }: { sessionToken: string; connectionId: string },
): Promise<GrantView | undefined> {
  const [row] = await db<GrantView[]>`
    SELECT extract(epoch FROM s.expires_at - now())::float8 AS "sessionRemainingSeconds",
      c.id AS "connectionId", coalesce(c."mayRemove", false) AS "mayRemove"
    FROM sessions s
    LEFT JOIN LATERAL (
      SELECT c.id, bool_or(g.connection_id = coalesce(v.company_connection_id, c.id)) AS "mayRemove"
      FROM ${viewedConnections(db)}
      JOIN ${liveGrants(db)} g ON g.session_id = s.id AND g.connection_id IN (c.id, v.company_connection_id)
      WHERE c.id = ${connectionId}
      GROUP BY c.id
    ) c ON true
    WHERE s.token_digest = ${digestOf(sessionToken)} AND s.expires_at > now()`;
  return row;
}

/** What a session may still read of a connection whose tokens were wiped after it was granted. */
export interface EndedGrant {
  readonly connectionId: string;
  /** With it ended what was granted: what happened later is not for this session. */
  readonly lastEventId: string;
}

/** `undefined` when nothing was granted, or when the grant is live. `connectionId` has to be a UUID. */
export async function readEndedGrant(
  db: Queryable,
  { sessionToken, connectionId }: { sessionToken: string; connectionId: string },
): Promise<EndedGrant | undefined> {
  const [row] = await db<EndedGrant[]>`
    SELECT c.id AS "connectionId", e.id AS "lastEventId"
    FROM sessions s
    JOIN session_grants g ON g.session_id = s.id AND g.connection_id = ${connectionId}
    JOIN connections c ON c.id = g.connection_id AND c.wiped_at >= g.granted_at
    JOIN connection_events e ON e.connection_id = c.id AND e.event = 'disconnected' AND e.at >= g.granted_at
    WHERE s.token_digest = ${digestOf(sessionToken)} AND s.expires_at > now()
    ORDER BY e.id LIMIT 1`;
  return row;
}

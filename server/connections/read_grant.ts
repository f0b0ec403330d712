/** Reads whether a session may act on a connection, in one query. */
import { digestOf } from "../crypto/opaque_token.ts";
import type { Database } from "../db/connect_database.ts";
import { viewedConnections } from "./connection_view.ts";

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
  db: Database,
  { sessionToken, connectionId }: { sessionToken: string; connectionId: string },
): Promise<GrantView | undefined> {
  const [row] = await db<GrantView[]>`
    SELECT extract(epoch FROM s.expires_at - now())::float8 AS "sessionRemainingSeconds",
      c.id AS "connectionId", coalesce(c."mayRemove", false) AS "mayRemove"
    FROM sessions s
    LEFT JOIN LATERAL (
      SELECT c.id, bool_or(g.connection_id = coalesce(v.company_connection_id, c.id)) AS "mayRemove"
      FROM ${viewedConnections(db)}
      JOIN session_grants g ON g.session_id = s.id AND g.connection_id IN (c.id, v.company_connection_id)
      WHERE c.id = ${connectionId}
      GROUP BY c.id
    ) c ON true
    WHERE s.token_digest = ${digestOf(sessionToken)} AND s.expires_at > now()`;
  return row;
}

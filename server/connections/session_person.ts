/**
 * Who a session belongs to: the HighLevel users that authorised in its browser. What later happens to a connection, by
 * whomever, changes nothing of it.
 */
import { digestOf } from "../crypto/opaque_token.ts";
import type { Database, Transaction } from "../db/connect_database.ts";

/** `userId`: from HighLevel's answer to the code of the flow that the session's browser just finished. */
export async function addPerson(
  tx: Transaction,
  { sessionId, userId }: { sessionId: string; userId: string },
): Promise<void> {
  await tx`
    INSERT INTO session_users (session_id, user_id) VALUES (${sessionId}, ${userId}) ON CONFLICT DO NOTHING`;
}

/**
 * Ends the live session of `token` and every session that shares a user with it; of a session that nobody is known of, it
 * alone. `ended`: the number of them, 0 when there is no such session. `isPersonKnown`: whether others could be found.
 */
export async function endPersonsSessions(
  db: Database,
  token: string,
): Promise<{ ended: number; isPersonKnown: boolean }> {
  // Locked in one order, since two browsers of a person may do this at once. Those that have ended are swept elsewhere.
  const ended = await db<{ isPersonKnown: boolean }[]>`
    WITH own AS (
      SELECT id FROM sessions WHERE token_digest = ${digestOf(token)} AND expires_at > now()
    ), ending AS (
      SELECT s.id FROM sessions s
      WHERE s.expires_at > now() AND s.id IN (
        SELECT id FROM own
        UNION
        SELECT other.session_id FROM own
        JOIN session_users person ON person.session_id = own.id
        JOIN session_users other ON other.user_id = person.user_id)
      ORDER BY s.id FOR UPDATE OF s
    )
    DELETE FROM sessions USING ending WHERE sessions.id = ending.id
    RETURNING EXISTS (SELECT FROM own JOIN session_users u ON u.session_id = own.id) AS "isPersonKnown"`;
  return { ended: ended.length, isPersonKnown: ended[0]?.isPersonKnown ?? false };
}

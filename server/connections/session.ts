/** The credential of one browser: an opaque token that is kept as a digest and may see the connections granted to it. */
import { createOpaqueToken, digestOf } from "../crypto/opaque_token.ts";
import type { Database, Queryable, Transaction } from "../db/connect_database.ts";

/** A session ends this long after it was last used; it is prolonged at most once a day. */
const SESSION_SECONDS = 180 * 86_400;
const PROLONG_AFTER_SECONDS = 86_400;

/** A session that was just created or found, with its token: the only moment at which the token is known. */
export interface Session {
  readonly id: string;
  readonly token: string;
  readonly expiresAt: Date;
}

/** A fresh session without any grant. Ended sessions are swept here. */
export async function createSession(tx: Transaction): Promise<Session> {
  const token = createOpaqueToken();
  await tx`DELETE FROM sessions WHERE expires_at < now()`;
  const [row] = await tx<{ id: string; expiresAt: Date }[]>`
    INSERT INTO sessions (token_digest, expires_at)
    VALUES (${digestOf(token)}, now() + make_interval(secs => ${SESSION_SECONDS}))
    RETURNING id, expires_at AS "expiresAt"`;
  if (row === undefined) throw new Error("Cannot create a session: the database returned no row");
  return { ...row, token };
}

/** The live session of `token`, as it stands; `undefined` when there is none. */
export async function readSession(
  db: Queryable,
  token: string,
): Promise<{ id: string; remainingSeconds: number } | undefined> {
  const [row] = await db<{ id: string; remainingSeconds: number }[]>`
    SELECT id, extract(epoch FROM expires_at - now())::float8 AS "remainingSeconds" FROM sessions
    WHERE token_digest = ${digestOf(token)} AND expires_at > now()`;
  return row;
}

/** The live session of `token`, prolonged; `undefined` when there is none. */
export async function prolongSession(
  db: Queryable,
  token: string,
): Promise<Session | undefined> {
  const [row] = await db<{ id: string; expiresAt: Date }[]>`
    UPDATE sessions SET expires_at = now() + make_interval(secs => ${SESSION_SECONDS})
    WHERE token_digest = ${digestOf(token)} AND expires_at > now()
    RETURNING id, expires_at AS "expiresAt"`;
  return row === undefined ? undefined : { ...row, token };
}

/** True when a session that ends in `remainingSeconds` was prolonged long enough ago to be prolonged again. */
export function isProlongable(remainingSeconds: number): boolean {
  return remainingSeconds < SESSION_SECONDS - PROLONG_AFTER_SECONDS;
}

/** Lets the session see the connection. Granted once more, it is granted from now on. */
export async function grantConnection(
  tx: Transaction,
  { sessionId, connectionId }: { sessionId: string; connectionId: string },
): Promise<void> {
  await tx`
    INSERT INTO session_grants (session_id, connection_id) VALUES (${sessionId}, ${connectionId})
    ON CONFLICT (session_id, connection_id) DO UPDATE SET granted_at = now()`;
}

/** Ends the session of `token` with all its grants. False when there was none. */
export async function endSession(db: Database, token: string): Promise<boolean> {
  const ended = await db`
    DELETE FROM sessions WHERE token_digest = ${digestOf(token)} AND expires_at > now() RETURNING id`;
  return ended.length > 0;
}

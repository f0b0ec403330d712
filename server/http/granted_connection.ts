/** The connection that a request of a session is about, if the session was granted it. */
import * as v from "valibot";
import { type GrantView, readGrant } from "../connections/read_grant.ts";
import { isProlongable, prolongSession } from "../connections/session.ts";
import type { Database } from "../db/connect_database.ts";
import { ApiFailure } from "../errors.ts";
import { noSession, requireBearerToken } from "./bearer_token.ts";
import type { AppContext } from "./context.ts";

const ConnectionId = v.pipe(v.string(), v.uuid());

/** Throws the answer of a request without a session, with a path that names no connection, or with one that it may not see. */
export async function requireGrant(
  c: AppContext,
  database: Database,
): Promise<{ connectionId: string; mayRemove: GrantView["mayRemove"] }> {
  const sessionToken = requireBearerToken(c);
  const connectionId = c.req.param("connectionId");
  if (!v.is(ConnectionId, connectionId)) {
    throw new ApiFailure("invalid_request", "Expected a connection id in the path");
  }
  const grant = await readGrant(database, { sessionToken, connectionId });
  if (grant === undefined) return noSession();
  if (isProlongable(grant.sessionRemainingSeconds)) await prolongSession(database, sessionToken);
  if (grant.connectionId === null) return noConnection();
  return { connectionId: grant.connectionId, mayRemove: grant.mayRemove };
}

/** The failure for a connection that is unknown, was not granted, or has no install any more. */
export function noConnection(): never {
  throw new ApiFailure("not_found", "No connection that this session may see: connect from the extension");
}

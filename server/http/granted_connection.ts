/** The connection that a request of a session is about, if the session was granted it. */
import * as v from "valibot";
import { type GrantView, readEndedGrant, readGrant } from "../connections/read_grant.ts";
import { isProlongable, prolongSession } from "../connections/session.ts";
import type { Database } from "../db/connect_database.ts";
import { ApiFailure } from "../errors.ts";
import { noSession, requireBearerToken } from "./bearer_token.ts";
import type { AppContext } from "./context.ts";

const ConnectionId = v.pipe(v.string(), v.uuid());

/**
 * The id of the connection. Throws the answer of a request without a session, with a path that names no connection, or with
 * one that it may not see.
 */
export async function requireGrant(c: AppContext, database: Database): Promise<string> {
  const { connectionId } = await grantFor(database, questionOf(c));
  return connectionId ?? noConnection();
}

/**
 * The same for the history, which stays readable up to the event that ended what was granted: `lastEventId`, or `null` while
 * it goes on.
 */
export async function requireHistory(
  c: AppContext,
  database: Database,
): Promise<{ connectionId: string; lastEventId: string | null }> {
  const question = questionOf(c);
  const { connectionId } = await grantFor(database, question);
  if (connectionId !== null) return { connectionId, lastEventId: null };
  return await readEndedGrant(database, question) ?? noConnection();
}

interface Question {
  readonly sessionToken: string;
  readonly connectionId: string;
}

function questionOf(c: AppContext): Question {
  const sessionToken = requireBearerToken(c);
  const connectionId = c.req.param("connectionId");
  if (!v.is(ConnectionId, connectionId)) {
    throw new ApiFailure("invalid_request", "Expected a connection id in the path");
  }
  return { sessionToken, connectionId };
}

async function grantFor(database: Database, question: Question): Promise<GrantView> {
  const grant = await readGrant(database, question);
  if (grant === undefined) return noSession();
  if (isProlongable(grant.sessionRemainingSeconds)) await prolongSession(database, question.sessionToken);
  return grant;
}

/** The failure for a connection that is unknown, was not granted, or has no install any more. */
export function noConnection(): never {
  throw new ApiFailure("not_found", "No connection that this session may see: connect from the extension");
}

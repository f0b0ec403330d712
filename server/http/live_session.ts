/** The session of a request that is about everything the session may see. */
import { isProlongable, prolongSession, readSession } from "../connections/session.ts";
import type { Database } from "../db/connect_database.ts";
import { noSession, requireBearerToken } from "./bearer_token.ts";
import type { AppContext } from "./context.ts";

/** Its id; prolonged when that is due. Throws the answer of a request without one. */
export async function requireSession(c: AppContext, database: Database): Promise<string> {
  const token = requireBearerToken(c);
  const session = await readSession(database, token);
  if (session === undefined) return noSession();
  if (isProlongable(session.remainingSeconds)) await prolongSession(database, token);
  return session.id;
}

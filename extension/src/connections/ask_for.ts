/** Asks the server for something that the session may see, and judges what comes. */
import { askServer, type Fetch } from "../server_answer.ts";
import type { StoredSession } from "../session_store.ts";
import type { UnreachableReason } from "../fetch_status.ts";
import * as v from "valibot";

/** A page of a list takes longer than one status. */
const TIMEOUT_MS = 15_000;

export type Question<Schema> = {
  session: StoredSession;
  /** Path with its query. */
  path: string;
  schema: Schema;
  signal: AbortSignal;
};

/**
 * - `session_ended`: the server no longer knows the session
 * - `not_found`: the server has no such thing, or no such route
 * - `aborted`: nobody waits for the answer any more
 */
export type Answer<Body> =
  | { kind: "answered"; body: Body }
  | { kind: "session_ended" | "not_found" | "aborted" | UnreachableReason };

export async function askFor<const Schema extends v.GenericSchema>(
  fetch: Fetch,
  { session, path, schema, signal }: Question<Schema>,
): Promise<Answer<v.InferOutput<Schema>>> {
  const call = { token: session.token, timeoutMs: TIMEOUT_MS, signal };
  const answer = await askServer(fetch, session.server + path, call);
  if (signal.aborted) return { kind: "aborted" };
  if (!answer.ok) return { kind: "unreachable" };
  if (answer.status === 401) return { kind: "session_ended" };
  if (answer.status === 404) return { kind: "not_found" };
  if (answer.status === 429 || answer.status >= 500) return { kind: "server_trouble" };
  const parsed = v.safeParse(schema, answer.body);
  if (answer.status !== 200 || !parsed.success) return { kind: "unexpected_answer" };
  return { kind: "answered", body: parsed.output };
}

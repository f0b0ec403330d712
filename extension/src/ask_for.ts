/** Asks the server for something that the session may see, and judges what comes. */
import { askServer, type Fetch } from "./server_answer.ts";
import type { StoredSession } from "./session_store.ts";
import * as v from "valibot";

/** A page of a list takes longer than one status. */
const TIMEOUT_MS = 15_000;

export type Question<Schema> = {
  session: StoredSession;
  /** Path with its query. */
  path: string;
  schema: Schema;
  timeoutMs?: number;
  signal?: AbortSignal;
};

/**
 * - `unreachable`: no answer
 * - `server_trouble`: it answered that it cannot answer now
 * - `unexpected_answer`: something answered that is not Relatch, or not this version of it
 */
export type UnreachableReason = "unreachable" | "server_trouble" | "unexpected_answer";

/**
 * `session_ended`: the server no longer knows the session. `retryAfterSeconds`: how long it wants to be left alone, when it
 * said so.
 */
export type Unanswered = { kind: "session_ended" | UnreachableReason; retryAfterSeconds?: number | null };

/**
 * - `not_found`: the server has no such thing, or no such route
 * - `aborted`: nobody waits for the answer any more
 */
export type Answer<Body> = { kind: "answered"; body: Body } | { kind: "not_found" | "aborted" } | Unanswered;

export async function askFor<const Schema extends v.GenericSchema>(
  fetch: Fetch,
  { session, path, schema, timeoutMs = TIMEOUT_MS, ...call }: Question<Schema>,
): Promise<Answer<v.InferOutput<Schema>>> {
  const answer = await askServer(fetch, session.server + path, { token: session.token, timeoutMs, ...call });
  if (call.signal?.aborted) return { kind: "aborted" };
  if (!answer.ok) return { kind: "unreachable" };
  if (answer.status === 401) return { kind: "session_ended" };
  if (answer.status === 404) return { kind: "not_found" };
  if (answer.status === 429 || answer.status >= 500) {
    return { kind: "server_trouble", retryAfterSeconds: answer.retryAfterSeconds };
  }
  const parsed = v.safeParse(schema, answer.body);
  if (answer.status !== 200 || !parsed.success) return { kind: "unexpected_answer" };
  return { kind: "answered", body: parsed.output };
}

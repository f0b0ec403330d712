/** Asks the server for the status of one location. */
import { ConnectionStatus } from "#shared/connection_status.ts";
import { locationStatusPath } from "#shared/endpoints.ts";
import { askServer, type Fetch } from "./server_answer.ts";
import type { StoredSession } from "./session_store.ts";
import * as v from "valibot";

/** Someone looks at the answer: a server that takes longer counts as not answering. */
const TIMEOUT_MS = 5_000;

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
export type StatusAnswer =
  | { kind: "answered"; status: ConnectionStatus }
  | { kind: "session_ended" | UnreachableReason; retryAfterSeconds?: number | null };

export async function fetchStatus(
  fetch: Fetch,
  { session, locationId }: { session: StoredSession; locationId: string },
): Promise<StatusAnswer> {
  const url = session.server + locationStatusPath(locationId);
  const answer = await askServer(fetch, url, { token: session.token, timeoutMs: TIMEOUT_MS });
  if (!answer.ok) return { kind: "unreachable" };
  if (answer.status === 401) return { kind: "session_ended" };
  if (answer.status === 429 || answer.status >= 500) {
    return { kind: "server_trouble", retryAfterSeconds: answer.retryAfterSeconds };
  }
  const parsed = v.safeParse(ConnectionStatus, answer.body);
  if (answer.status !== 200 || !parsed.success) return { kind: "unexpected_answer" };
  return { kind: "answered", status: parsed.output };
}

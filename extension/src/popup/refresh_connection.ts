/** Asks the server to renew one connection now. */
import { ConnectionStatus } from "#shared/connection_status.ts";
import { connectionRefreshPath } from "#shared/endpoints.ts";
import { askServer, type Fetch } from "../server_answer.ts";
import type { StoredSession } from "../session_store.ts";
import type { UnreachableReason } from "./unreachable_view.ts";
import * as v from "valibot";

/** The server answers within 15 seconds, whatever HighLevel does. */
const TIMEOUT_MS = 20_000;

/**
 * Why there is no status in the answer.
 * - `not_found`: the server has no such connection that this session may see
 * - `timed_out`: no answer yet; the connection may be renewed all the same
 * - `rate_limited`: too many tries; `retryAfterSeconds` null when the server did not say how long to wait
 */
export type RefreshFailure =
  | { kind: "not_found" | "timed_out" | UnreachableReason }
  | { kind: "rate_limited"; retryAfterSeconds: number | null };

export type RefreshAnswer =
  | { kind: "answered"; status: ConnectionStatus }
  | { kind: "session_ended" }
  | RefreshFailure;

/** Whoever stops listening stops nothing: the server brings the renewal to its end. */
export async function refreshConnection(
  fetch: Fetch,
  { session, connectionId, timeoutMs = TIMEOUT_MS }: {
    session: StoredSession;
    connectionId: string;
    timeoutMs?: number;
  },
): Promise<RefreshAnswer> {
  const url = session.server + connectionRefreshPath(connectionId);
  const answer = await askServer(fetch, url, {
    method: "POST",
    token: session.token,
    timeoutMs,
  });
  if (!answer.ok) return { kind: answer.reason === "timed_out" ? "timed_out" : "unreachable" };
  const { status, retryAfterSeconds } = answer;
  if (status === 401) return { kind: "session_ended" };
  if (status === 404) return { kind: "not_found" };
  if (status === 429) return { kind: "rate_limited", retryAfterSeconds };
  if (status >= 500) return { kind: "server_trouble" };
  const parsed = v.safeParse(ConnectionStatus, answer.body);
  if (status !== 200 || !parsed.success) return { kind: "unexpected_answer" };
  return { kind: "answered", status: parsed.output };
}

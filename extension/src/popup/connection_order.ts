/** Orders to the server that concern one connection, and what their answers have in common. */
import type { UnreachableReason } from "../ask_for.ts";
import { askServer, type Fetch } from "../server_answer.ts";
import type { StoredSession } from "../session_store.ts";

/** The server answers within 15 seconds, whatever HighLevel does. */
const TIMEOUT_MS = 20_000;

export type ConnectionOrder = {
  session: StoredSession;
  connectionId: string;
  /** The location in view. */
  locationId: string;
  timeoutMs?: number;
};

/**
 * Why it is not known what became of an order, or why it was not taken.
 * - `timed_out`: no answer yet; the order may be carried out all the same
 * - `rate_limited`: too many tries; `retryAfterSeconds` null when the server did not say how long to wait
 */
export type OrderFailure =
  | { kind: "timed_out" | UnreachableReason }
  | { kind: "rate_limited"; retryAfterSeconds: number | null };

/** `not_found`: the server has no such connection that this session may see. */
export type UnfulfilledOrder = { kind: "session_ended" } | { kind: "not_found" } | OrderFailure;

/** `answered`: with something that only the order itself can judge. */
export type OrderAnswer = UnfulfilledOrder | { kind: "answered"; httpStatus: number; body: unknown };

/** Whoever stops listening stops nothing: the server brings the order to its end. */
export async function giveOrder(
  fetch: Fetch,
  { order, method, path }: { order: ConnectionOrder; method: "POST" | "DELETE"; path: string },
): Promise<OrderAnswer> {
  const { session, timeoutMs = TIMEOUT_MS } = order;
  const answer = await askServer(fetch, session.server + path, { method, token: session.token, timeoutMs });
  if (!answer.ok) return { kind: answer.reason === "timed_out" ? "timed_out" : "unreachable" };
  const { status, body, retryAfterSeconds } = answer;
  if (status === 401) return { kind: "session_ended" };
  if (status === 404) return { kind: "not_found" };
  if (status === 429) return { kind: "rate_limited", retryAfterSeconds };
  if (status >= 500) return { kind: "server_trouble" };
  return { kind: "answered", httpStatus: status, body };
}

/**
 * Asks the server for a sign of life before the sign-in window opens. A window whose first page does not come is never
 * shown, and can be closed neither by the person nor from here; Firefox shows an error page of its own.
 */
import { HEALTH_PATH } from "#shared/endpoints.ts";
import type { AttemptCause } from "../attempt.ts";
import { askServer, type Fetch } from "../server_answer.ts";
import { statusCauseFor } from "./status_cause.ts";

const TIMEOUT_MS = 8_000;

/** Why no window should be opened, or null. No credential is sent. */
export async function findServerTrouble(
  fetch: Fetch,
  { server, signal }: { server: string; signal: AbortSignal },
): Promise<AttemptCause | null> {
  const answer = await askServer(fetch, server + HEALTH_PATH, { timeoutMs: TIMEOUT_MS, signal });
  if (!answer.ok) return "server_unreachable";
  return answer.status === 200 ? null : statusCauseFor(answer.status);
}

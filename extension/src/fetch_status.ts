/** Asks the server for the status of one location. */
import { ConnectionStatus } from "#shared/connection_status.ts";
import { locationStatusPath } from "#shared/endpoints.ts";
import { askFor, type Unanswered } from "./ask_for.ts";
import type { Fetch } from "./server_answer.ts";
import type { StoredSession } from "./session_store.ts";

/** Someone looks at the answer: a server that takes longer counts as not answering. */
const TIMEOUT_MS = 5_000;

export type StatusAnswer = { kind: "answered"; status: ConnectionStatus } | Unanswered;

export async function fetchStatus(
  fetch: Fetch,
  { session, locationId }: { session: StoredSession; locationId: string },
): Promise<StatusAnswer> {
  const path = locationStatusPath(locationId);
  const answer = await askFor(fetch, { session, path, schema: ConnectionStatus, timeoutMs: TIMEOUT_MS });
  switch (answer.kind) {
    case "answered":
      return { kind: "answered", status: answer.body };
    case "not_found":
    case "aborted":
      // Every location has a status.
      return { kind: "unexpected_answer" };
    default:
      return answer;
  }
}

/** An attempt from the grant code to its outcome. */
import type { ConnectionStatus } from "#shared/connection_status.ts";
import {
  type AttemptCause,
  type ConnectedAttempt,
  type ConnectingAttempt,
  type FailedAttempt,
  failedAttempt,
} from "../attempt.ts";
import { fetchStatus } from "../fetch_status.ts";
import { readSession, saveSession } from "../session_store.ts";
import { saveKnownStatus } from "../status_store.ts";
import type { StorageArea } from "../storage_area.ts";
import { type ExchangeDeps, exchangeGrant } from "./exchange_grant.ts";

export type FinishDeps = ExchangeDeps & { local: StorageArea };

export type FinishRun = {
  attempt: ConnectingAttempt;
  grant: NonNullable<ConnectingAttempt["grant"]>;
  /** Why an earlier try to finish it has no outcome, when there was one. */
  failure: AttemptCause | null;
  signal: AbortSignal;
};

export async function finishAttempt(
  deps: FinishDeps,
  { attempt, grant, failure, signal }: FinishRun,
): Promise<ConnectedAttempt | FailedAttempt> {
  const fail = (cause: AttemptCause): FailedAttempt => failedAttempt(attempt, { cause, endedAt: deps.now() });
  const { server, codeVerifier } = attempt;
  const token = (await readSession(deps.local, server))?.token ?? null;
  const exchange = await exchangeGrant(deps, { ...grant, server, codeVerifier, token, failure, signal });
  if (signal.aborted) return fail("cancelled");
  if (!exchange.ok) {
    const status = exchange.isSpent ? await fetchStatusOf(attempt, deps) : null;
    return status?.state === "connected"
      ? connectedAttempt(attempt, { status, endedAt: deps.now() })
      : fail(exchange.cause);
  }

  const { connection } = exchange.response;
  const session = await saveSession(deps.local, { server, response: exchange.response });
  if (connection.locationId !== null) {
    const known = { locationId: connection.locationId, status: connection, checkedAt: deps.now() };
    // Only a cache: a full storage must not turn a connection into a failure.
    await saveKnownStatus(deps.local, { session, known, now: deps.now() }).catch(() => {});
  }
  return connectedAttempt(attempt, { status: connection, endedAt: deps.now() });
}

/** Null without a session: what was connected is seen by nobody then. */
async function fetchStatusOf(
  { server, locationId }: ConnectingAttempt,
  { local, fetch }: FinishDeps,
): Promise<ConnectionStatus | null> {
  const session = await readSession(local, server);
  if (session === null || locationId === null) return null;
  const answer = await fetchStatus(fetch, { session, locationId });
  return answer.kind === "answered" ? answer.status : null;
}

function connectedAttempt(
  attempt: ConnectingAttempt,
  { status, endedAt }: { status: ConnectionStatus; endedAt: number },
): ConnectedAttempt {
  const { kind, connectionId, locationId, locationName } = status;
  return {
    phase: "connected",
    locationId: attempt.locationId,
    connection: { kind, connectionId, locationId, locationName },
    endedAt,
  };
}

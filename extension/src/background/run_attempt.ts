/** An attempt from the sign-in window to its outcome. It knows nothing of what else runs. */
import {
  type AttemptCause,
  type ConnectedAttempt,
  type ConnectingAttempt,
  type FailedAttempt,
  failedAttempt,
} from "../attempt.ts";
import type { Fetch } from "../server_answer.ts";
import { readSession, saveSession } from "../session_store.ts";
import { saveKnownStatus } from "../status_store.ts";
import type { StorageArea } from "../storage_area.ts";
import type { OpenAuthWindow } from "./auth_window.ts";
import { authWindowErrorCause } from "./auth_window_error.ts";
import { parseAuthWindowResult } from "./auth_window_result.ts";
import { connectUrlFor } from "./connect_url.ts";
import { exchangeGrant } from "./exchange_grant.ts";

export type AttemptDeps = {
  local: StorageArea;
  redirectUrl: () => string;
  openAuthWindow: OpenAuthWindow;
  fetch: Fetch;
  now: () => number;
};

export type AttemptRun = {
  attempt: ConnectingAttempt;
  /** Aborted when the attempt is cancelled: nothing that arrives afterwards is kept. */
  signal: AbortSignal;
  onWindow: (windowId: number | null) => void;
};

/** Runs to the end. A broken world (storage, browser) throws. */
export async function runAttempt(
  deps: AttemptDeps,
  run: AttemptRun,
): Promise<ConnectedAttempt | FailedAttempt> {
  const { attempt, signal } = run;
  const fail = (cause: AttemptCause): FailedAttempt => failedAttempt(attempt, { cause, endedAt: deps.now() });

  const redirectUrl = deps.redirectUrl();
  const connectUrl = await connectUrlFor(attempt, redirectUrl);
  if (signal.aborted) return fail("cancelled");
  let address: unknown;
  try {
    address = await deps.openAuthWindow(connectUrl, run.onWindow);
  } catch (error) {
    return fail(authWindowErrorCause(error));
  }
  if (signal.aborted) return fail("cancelled");

  const result = parseAuthWindowResult(address, { redirectUrl, state: attempt.state });
  if (!result.ok) return fail(result.cause);

  const { server, codeVerifier } = attempt;
  const token = (await readSession(deps.local, server))?.token ?? null;
  const exchange = await exchangeGrant(
    deps.fetch,
    { server, code: result.code, codeVerifier, token },
    signal,
  );
  if (signal.aborted) return fail("cancelled");
  if (!exchange.ok) return fail(exchange.cause);

  const { connection } = exchange.response;
  const session = await saveSession(deps.local, { server, response: exchange.response });
  if (connection.locationId !== null) {
    const known = { locationId: connection.locationId, status: connection, checkedAt: deps.now() };
    // Only a cache: a full storage must not turn a connection into a failure.
    await saveKnownStatus(deps.local, { sessionId: session.id, known }).catch(() => {});
  }
  const { kind, connectionId, locationId, locationName } = connection;
  return {
    phase: "connected",
    locationId: attempt.locationId,
    connection: { kind, connectionId, locationId, locationName },
    endedAt: deps.now(),
  };
}

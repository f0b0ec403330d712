/** An attempt from the sign-in window to its outcome. It knows nothing of what else runs. */
import {
  type AttemptCause,
  type ConnectedAttempt,
  type ConnectingAttempt,
  type FailedAttempt,
  failedAttempt,
} from "../attempt.ts";
import type { OpenAuthWindow } from "./auth_window.ts";
import { authWindowErrorCause } from "./auth_window_error.ts";
import { parseAuthWindowResult } from "./auth_window_result.ts";
import { connectUrlFor } from "./connect_url.ts";
import { findServerTrouble } from "./find_server_trouble.ts";
import { finishAttempt, type FinishDeps, type FinishRun } from "./finish_attempt.ts";

export type AttemptDeps = FinishDeps & {
  redirectUrl: () => string;
  openAuthWindow: OpenAuthWindow;
};

export type AttemptRun = {
  attempt: ConnectingAttempt;
  /** Aborted when the attempt is cancelled: nothing that arrives afterwards is kept. */
  signal: AbortSignal;
  onWindow: (windowId: number | null) => void;
  /** Awaited before the grant code is used. */
  onGrant: (grant: FinishRun["grant"]) => Promise<void>;
};

/** Runs to the end, from the grant code on when that is there already. A broken world (storage, browser) throws. */
export async function runAttempt(
  deps: AttemptDeps,
  run: AttemptRun,
): Promise<ConnectedAttempt | FailedAttempt> {
  const { attempt, signal } = run;
  if (attempt.grant !== undefined) {
    return await finishAttempt(deps, { attempt, grant: attempt.grant, failure: "interrupted", signal });
  }
  const fail = (cause: AttemptCause): FailedAttempt => failedAttempt(attempt, { cause, endedAt: deps.now() });

  const trouble = await findServerTrouble(deps.fetch, { server: attempt.server, signal });
  if (trouble !== null) return fail(trouble);
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
  const grant = { code: result.code, receivedAt: deps.now() };
  await run.onGrant(grant);
  return await finishAttempt(deps, { attempt, grant, failure: null, signal });
}

/** The last step of an attempt: the one-time grant code and the code verifier become a session. */
import { SESSIONS_PATH } from "#shared/endpoints.ts";
import { SessionResponse } from "#shared/session.ts";
import type { AttemptCause } from "../attempt.ts";
import { askServer, type Fetch, type ServerAnswer } from "../server_answer.ts";
import { statusCauseFor } from "./status_cause.ts";
import * as v from "valibot";

/** With the longest pause less than the 30 seconds after which the browsers stop a background that asks them nothing. */
const TIMEOUT_MS = 15_000;
const [FIRST_PAUSE_MS, LONGEST_PAUSE_MS] = [1_000, 8_000];

/** A server that restarts is back sooner, and the server keeps the grant code for 60 seconds. */
const PATIENCE_MS = 30_000;

/** `isSpent`: the code was taken by an earlier try, whose answer did not arrive. */
export type Exchange =
  | { ok: true; response: SessionResponse }
  | { ok: false; cause: AttemptCause; isSpent?: boolean };

export type ExchangeDeps = {
  fetch: Fetch;
  now: () => number;
  /** Waits, and keeps the browser from stopping the background for it. */
  pause: (ms: number) => Promise<void>;
};

export type Grant = {
  server: string;
  code: string;
  /** Milliseconds since 1970. */
  receivedAt: number;
  codeVerifier: string;
  /** The session that exists already. */
  token: string | null;
  /** Why an earlier try has no outcome, when there was one. */
  failure: AttemptCause | null;
  signal: AbortSignal;
};

/**
 * Asks until there is an answer, for half a minute. That is safe: a code that was used is refused, and what was connected
 * the first time is adopted by the next attempt.
 */
export async function exchangeGrant(deps: ExchangeDeps, grant: Grant): Promise<Exchange> {
  let { token, failure } = grant;
  let pauseMs = FIRST_PAUSE_MS;
  while (true) {
    const answer = await redeem(deps.fetch, { ...grant, token });
    if (answer.ok && answer.status === 201) return parseResponse(answer.body);
    if (answer.ok && answer.status === 401 && token !== null) {
      // A session that ended in the meantime must not cost the person the attempt.
      token = null;
      continue;
    }
    // Refused because an earlier try had come through, or took too long: that try is what went wrong.
    if (answer.ok && answer.status === 400) {
      return { ok: false, cause: failure ?? "grant_rejected", isSpent: failure !== null };
    }
    failure = answer.ok ? statusCauseFor(answer.status) : "server_unreachable";
    const waitMs = Math.max(pauseMs, retryAfterMs(answer));
    // A clock that was set back must not keep it asking for ever.
    const isPatient = Math.abs(deps.now() + waitMs - grant.receivedAt) <= PATIENCE_MS;
    if (failure === "unexpected_answer" || !isPatient) return { ok: false, cause: failure };
    await deps.pause(waitMs);
    if (grant.signal.aborted) return { ok: false, cause: "cancelled" };
    pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
  }
}

function redeem(fetch: Fetch, { server, code, codeVerifier, token, signal }: Grant): Promise<ServerAnswer> {
  return askServer(fetch, server + SESSIONS_PATH, {
    method: "POST",
    token,
    body: { code, codeVerifier },
    timeoutMs: TIMEOUT_MS,
    signal,
  });
}

function parseResponse(body: unknown): Exchange {
  const parsed = v.safeParse(SessionResponse, body);
  return parsed.success ? { ok: true, response: parsed.output } : { ok: false, cause: "unexpected_answer" };
}

function retryAfterMs(answer: ServerAnswer): number {
  return answer.ok ? (answer.retryAfterSeconds ?? 0) * 1000 : 0;
}

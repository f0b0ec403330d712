/** The last step of an attempt: the one-time grant code and the code verifier become a session. */
import { SESSIONS_PATH } from "#shared/endpoints.ts";
import { SessionResponse } from "#shared/session.ts";
import type { AttemptCause } from "../attempt.ts";
import { askServer, type Fetch } from "../server_answer.ts";
import * as v from "valibot";

const TIMEOUT_MS = 20_000;

export type Exchange = { ok: true; response: SessionResponse } | { ok: false; cause: AttemptCause };

export type Grant = { server: string; code: string; codeVerifier: string; token: string | null };

/** Asks once; the grant code would not be taken a second time. `token` is the session that exists already. */
export async function exchangeGrant(fetch: Fetch, grant: Grant, signal: AbortSignal): Promise<Exchange> {
  const answer = await askServer(fetch, grant.server + SESSIONS_PATH, {
    method: "POST",
    token: grant.token,
    body: { code: grant.code, codeVerifier: grant.codeVerifier },
    timeoutMs: TIMEOUT_MS,
    signal,
  });
  if (!answer.ok) return { ok: false, cause: "server_unreachable" };
  // A session that ended in the meantime must not cost the person the attempt.
  if (answer.status === 401 && grant.token !== null) {
    return exchangeGrant(fetch, { ...grant, token: null }, signal);
  }
  if (answer.status !== 201) return { ok: false, cause: causeFor(answer.status) };
  const parsed = v.safeParse(SessionResponse, answer.body);
  return parsed.success ? { ok: true, response: parsed.output } : { ok: false, cause: "unexpected_answer" };
}

function causeFor(status: number): AttemptCause {
  if (status === 400) return "grant_rejected";
  if (status === 429) return "rate_limited";
  return status >= 500 ? "server_error" : "unexpected_answer";
}

/** `POST /oauth/token` with a refresh token (RFC 6749, section 6): the request; the answer is judged apart. */
import type { HighLevelApp } from "../config.ts";
import { traceIdOf } from "./error_answer.ts";
import { judgeRefresh, type RefreshJudgement } from "./judge_refresh.ts";
import { callTokenEndpoint } from "./token_endpoint.ts";

/** What happened, for the log: nothing of the request, and of the answer only what tells why. */
export interface RefreshObservation {
  readonly outcome: RefreshJudgement["kind"];
  /** HTTP status; `null` when there was no answer. */
  readonly status: number | null;
  readonly milliseconds: number;
  /** By which HighLevel's support finds the call. */
  readonly traceId: string | null;
  /** Kind of the network error when there was no answer. */
  readonly detail: string | null;
}

export interface RefreshOptions {
  readonly app: HighLevelApp;
  readonly refreshToken: string;
  /** HighLevel wants to be told the kind of install again, as it was when the token was issued. */
  readonly kind: "location" | "company";
  readonly fetch: typeof fetch;
  readonly deadlineMilliseconds: number;
  readonly observe: (observation: RefreshObservation) => void;
}

/** One POST, never repeated here. Never throws. */
export async function refreshTokens(
  { app, refreshToken, kind, fetch, deadlineMilliseconds, observe }: RefreshOptions,
): Promise<RefreshJudgement> {
  const started = performance.now();
  const answer = await callTokenEndpoint({
    app,
    form: {
      grant_type: "refresh_token",
      refresh_token: refreshToken,
      user_type: kind === "company" ? "Company" : "Location",
    },
    fetch,
    deadlineMilliseconds,
  });
  const judgement = judgeRefresh(answer);
  observe({
    outcome: judgement.kind,
    status: answer.status,
    milliseconds: Math.round(performance.now() - started),
    traceId: answer.status === null ? null : traceIdOf(answer.json),
    detail: answer.status === null ? answer.error : null,
  });
  return judgement;
}

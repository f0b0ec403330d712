/** `POST /oauth/token` with an authorization code (RFC 6749, section 4.1.3): the request; the answer is judged apart. */
import type { HighLevelApp } from "../config.ts";
import { failure, type Result } from "../result.ts";
import { traceIdOf } from "./error_answer.ts";
import { callTokenEndpoint } from "./token_endpoint.ts";
import { type ExchangeFailure, type Install, parseTokenAnswer } from "./token_answer.ts";

/** A person is waiting in the browser window, and HighLevel answers in about a second. */
const DEADLINE_MILLISECONDS = 15_000;

/** What happened, for the log: nothing of the request, and of the answer only what tells why. */
export interface ExchangeObservation {
  readonly outcome: "exchanged" | ExchangeFailure["reason"];
  /** HTTP status; `null` when there was no answer. */
  readonly status: number | null;
  readonly milliseconds: number;
  /** By which HighLevel's support finds the call. */
  readonly traceId: string | null;
  /** Kind of the network error when there was no answer; the first missing field of an answer that cannot be used. */
  readonly detail: string | null;
}

export interface ExchangeOptions {
  readonly app: HighLevelApp;
  readonly code: string;
  readonly fetch: typeof fetch;
  readonly observe: (observation: ExchangeObservation) => void;
}

/**
 * One POST, never repeated: a code works once. `user_type` is always `Location`, as in every official example; an agency's install answers with a Company token all the same.
 */
export async function exchangeCode(options: ExchangeOptions): Promise<Result<Install, ExchangeFailure>> {
  const { app, code, fetch, observe } = options;
  const started = performance.now();
  const answer = await callTokenEndpoint({
    app,
    form: { grant_type: "authorization_code", code, user_type: "Location" },
    fetch,
    deadlineMilliseconds: DEADLINE_MILLISECONDS,
  });
  const milliseconds = Math.round(performance.now() - started);
  if (answer.status === null) {
    observe({ outcome: "unavailable", status: null, milliseconds, traceId: null, detail: answer.error });
    return failure({ reason: "unavailable" });
  }
  const { json } = answer;
  const result = parseTokenAnswer(answer);
  observe({
    outcome: result.ok ? "exchanged" : result.failure.reason,
    status: answer.status,
    milliseconds,
    traceId: traceIdOf(json),
    detail: !result.ok && result.failure.reason === "unusable_answer" ? result.failure.field : null,
  });
  return result;
}

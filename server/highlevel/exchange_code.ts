/** `POST /oauth/token` with an authorization code (RFC 6749, section 4.1.3): the request; the answer is judged apart. */
import { parseJson } from "#shared/parse_json.ts";
import type { HighLevelApp } from "../config.ts";
import { failure, type Result } from "../result.ts";
import { traceIdOf } from "./error_answer.ts";
import { type ExchangeFailure, type Install, parseTokenAnswer } from "./token_answer.ts";

/** A person is waiting in the browser window, and HighLevel answers in about a second. */
const DEADLINE_MILLISECONDS = 15_000;
/** A token answer is a few kilobytes; more than this is not one. */
const MAX_ANSWER_CHARACTERS = 256 * 1024;

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
 * One POST, never repeated: a code works once. The body is a form, the type that HighLevel declares. `user_type` is
 * always `Location`, as in every official example; an agency's install answers with a Company token all the same.
 */
export async function exchangeCode(options: ExchangeOptions): Promise<Result<Install, ExchangeFailure>> {
  const { app, code, fetch, observe } = options;
  const started = performance.now();
  const answer = await post(app, code, fetch);
  const milliseconds = Math.round(performance.now() - started);
  if (answer.status === null) {
    observe({ outcome: "unavailable", status: null, milliseconds, traceId: null, detail: answer.error });
    return failure({ reason: "unavailable" });
  }
  const json = parseJson(answer.body);
  const result = parseTokenAnswer(answer.status, json);
  observe({
    outcome: result.ok ? "exchanged" : result.failure.reason,
    status: answer.status,
    milliseconds,
    traceId: traceIdOf(json),
    detail: !result.ok && result.failure.reason === "unusable_answer" ? result.failure.field : null,
  });
  return result;
}

type Answer =
  | { readonly status: number; readonly body: string }
  | { readonly status: null; readonly error: string };

async function post(app: HighLevelApp, code: string, fetch: ExchangeOptions["fetch"]): Promise<Answer> {
  const form = new URLSearchParams({
    client_id: app.clientId,
    client_secret: app.clientSecret,
    grant_type: "authorization_code",
    code,
    user_type: "Location",
    redirect_uri: app.redirectUrl,
  });
  try {
    const response = await fetch(new URL("/oauth/token", app.apiUrl), {
      method: "POST",
      headers: { accept: "application/json" },
      body: form,
      // A redirect would carry the client secret to wherever it points.
      redirect: "manual",
      signal: AbortSignal.timeout(DEADLINE_MILLISECONDS),
    });
    return { status: response.status, body: await readText(response) };
  } catch (error) {
    // Refused, reset, cut in the middle, or past the deadline: nobody knows whether HighLevel saw it.
    return { status: null, error: kindOf(error) };
  }
}

async function readText(response: Response): Promise<string> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > MAX_ANSWER_CHARACTERS) return "";
  }
  return text + decoder.decode();
}

/** The class of a network error and of its cause. Their messages are left out: they quote addresses. */
function kindOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  return error.cause instanceof Error ? `${error.name}: ${error.cause.name}` : error.name;
}

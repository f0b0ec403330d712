/** A call of HighLevel's API with an access token: what is sent, and whether the answer is the one that was asked for. */
import type { HighLevelApp } from "../config.ts";
import { failure, type Result } from "../result.ts";
import { traceIdOf } from "./error_answer.ts";
import { fetchAnswer, type HttpAnswered } from "./http_answer.ts";
import { type ApiRefusal, judgeApiRefusal } from "./judge_api_refusal.ts";

/** The version in which every operation here is described; later ones dropped `installedLocations`. */
const API_VERSION = "2021-07-28";
/** A page of a hundred locations is some tens of kilobytes; more than this is no answer. */
const MAX_ANSWER_CHARACTERS = 4 * 1024 * 1024;

/** Who calls, and how. */
export interface ApiCaller {
  readonly app: HighLevelApp;
  readonly accessToken: string;
  readonly fetch: typeof fetch;
  readonly deadlineMilliseconds: number;
  /** Told of every call, for the log. */
  readonly observe: (observation: ApiObservation) => void;
}

/** What happened, for the log: nothing of the request, and of the answer only what tells why. */
export interface ApiObservation {
  readonly operation: ApiOperation;
  readonly outcome: "answered" | ApiRefusal["reason"];
  /** HTTP status; `null` when there was no answer. */
  readonly status: number | null;
  readonly milliseconds: number;
  /** By which HighLevel's support finds the call. */
  readonly traceId: string | null;
  /** Kind of the network error when there was no answer; the first wrong field of a success that cannot be used. */
  readonly detail: string | null;
}

export type ApiOperation = "location_token" | "installed_locations" | "installer_details" | "uninstall";

export interface ApiRequest<Value> {
  readonly operation: ApiOperation;
  readonly method: "GET" | "POST" | "DELETE";
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** A form, or a value that is sent as JSON. */
  readonly body?: URLSearchParams | Readonly<Record<string, string>>;
  /** Judges a success, any 2xx. */
  readonly parse: (answer: HttpAnswered) => Result<Value, Unusable>;
}

/** A success that cannot be used; `field` is the first that is wrong, if it is one field's fault. */
export interface Unusable {
  readonly field: string | null;
}

/** One call, never repeated. Never throws. */
export async function callApi<Value>(
  caller: ApiCaller,
  request: ApiRequest<Value>,
): Promise<Result<Value, ApiRefusal>> {
  const started = performance.now();
  const answer = await fetchAnswer({
    url: urlOf(caller.app, request),
    method: request.method,
    ...contentOf(caller, request),
    fetch: caller.fetch,
    deadlineMilliseconds: caller.deadlineMilliseconds,
    maxAnswerCharacters: MAX_ANSWER_CHARACTERS,
  });
  const isSuccess = answer.status !== null && answer.status >= 200 && answer.status < 300;
  const parsed = isSuccess ? request.parse(answer) : null;
  const result = parsed?.ok ? parsed : failure(judgeApiRefusal(answer));
  const wrongField = parsed?.ok === false ? parsed.failure.field : null;
  caller.observe({
    operation: request.operation,
    outcome: result.ok ? "answered" : result.failure.reason,
    status: answer.status,
    milliseconds: Math.round(performance.now() - started),
    traceId: answer.status === null ? null : traceIdOf(answer.json),
    detail: answer.status === null ? answer.error : wrongField,
  });
  return result;
}

/** App id: the part of the client id before the dash. */
export function appIdOf({ clientId }: HighLevelApp): string {
  return clientId.replace(/-.*/, "");
}

/** Where an app's installations are, to be read and to be removed. */
export function installationsPathOf(app: HighLevelApp): string {
  return `/marketplace/app/${encodeURIComponent(appIdOf(app))}/installations`;
}

function urlOf(app: HighLevelApp, { path, query }: Pick<ApiRequest<unknown>, "path" | "query">): URL {
  const url = new URL(path, app.apiUrl);
  url.search = new URLSearchParams(query).toString();
  return url;
}

function contentOf(
  { accessToken }: ApiCaller,
  { body }: Pick<ApiRequest<unknown>, "body">,
): { headers: Record<string, string>; body?: URLSearchParams | string } {
  const headers = {
    accept: "application/json",
    authorization: `Bearer ${accessToken}`,
    version: API_VERSION,
  };
  // The type of a form is set by fetch itself.
  if (body === undefined || body instanceof URLSearchParams) return { headers, ...(body && { body }) };
  return { headers: { ...headers, "content-type": "application/json" }, body: JSON.stringify(body) };
}

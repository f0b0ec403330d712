/** One HTTP call to HighLevel: how long it may take, how much is read, and what came back; nothing is judged here. */
import { parseJson } from "#shared/parse_json.ts";

/** An answer; `json` is the parsed body, or `undefined` for one that is not JSON or too long. */
export interface HttpAnswered {
  readonly status: number;
  readonly json: unknown;
  readonly headers: Headers;
}

/**
 * What came back. Without an answer `status` is `null`: refused, reset, cut in the middle or past the deadline, and only
 * for `sent: false` is it certain that HighLevel saw nothing. `error` is the kind of the network error.
 */
export type HttpAnswer =
  | HttpAnswered
  | { readonly status: null; readonly error: string; readonly sent: boolean };

export interface HttpCall {
  readonly url: URL;
  readonly method: "GET" | "POST" | "DELETE";
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: URLSearchParams | string;
  /** It must not repeat a request by itself. */
  readonly fetch: typeof fetch;
  readonly deadlineMilliseconds: number;
  readonly maxAnswerCharacters: number;
}

/** One call, never repeated. Never throws. */
export async function fetchAnswer(
  { url, fetch, deadlineMilliseconds, maxAnswerCharacters, ...request }: HttpCall,
): Promise<HttpAnswer> {
  try {
    const response = await fetch(url, {
      ...request,
      // A redirect would carry the credentials to wherever it points.
      redirect: "manual",
      signal: AbortSignal.timeout(deadlineMilliseconds),
    });
    const json = parseJson(await readText(response, maxAnswerCharacters));
    return { status: response.status, json, headers: response.headers };
  } catch (error) {
    return { status: null, error: kindOf(error), sent: !isRefusedConnection(error) };
  }
}

/** When the answer was made, by HighLevel's clock, to the second; `null` when it does not say (RFC 9110, section 6.6.1). */
export function dateIn(headers: Headers): Date | null {
  const time = Date.parse(headers.get("date") ?? "");
  return Number.isNaN(time) ? null : new Date(time);
}

async function readText(response: Response, maxCharacters: number): Promise<string> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > maxCharacters) return "";
  }
  return text + decoder.decode();
}

/** The class of a network error and of its cause. Their messages are left out: they quote addresses. */
function kindOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  return error.cause instanceof Error ? `${error.name}: ${error.cause.name}` : error.name;
}

/**
 * Deno's words for a connection that did not come about; they stand in the error or in its cause, as the release has it.
 * Unknown words count as sent, which is the safe side.
 */
function isRefusedConnection(error: unknown): boolean {
  if (!(error instanceof TypeError)) return false;
  return [error, error.cause].some((told) =>
    told instanceof Error && told.message.includes("client error (Connect)")
  );
}

/** `POST /oauth/token` as a call: what is sent, how long it may take, and what came back; nothing is judged here. */
import { parseJson } from "#shared/parse_json.ts";
import type { HighLevelApp } from "../config.ts";

/** A token answer is a few kilobytes; more than this is not one. */
const MAX_ANSWER_CHARACTERS = 256 * 1024;

/** The parameters beside the app's own. `redirect_uri` goes with every grant, as in every official example. */
export type TokenForm = Readonly<Record<"grant_type" | "user_type", string> & Record<string, string>>;

/**
 * What came back. `json` is the parsed body, or `undefined` for one that is not JSON. Without an answer `status` is
 * `null`: refused, reset, cut in the middle or past the deadline, and only for `sent: false` is it certain that
 * HighLevel saw nothing.
 */
export type TokenEndpointAnswer =
  | { readonly status: number; readonly json: unknown; readonly headers: Headers }
  | { readonly status: null; readonly error: string; readonly sent: boolean };

export interface TokenCall {
  readonly app: HighLevelApp;
  readonly form: TokenForm;
  /** It must not repeat a request by itself. */
  readonly fetch: typeof fetch;
  readonly deadlineMilliseconds: number;
}

/** One POST, never repeated. The body is a form, the type that HighLevel declares. Never throws. */
export async function callTokenEndpoint(
  { app, form, fetch, deadlineMilliseconds }: TokenCall,
): Promise<TokenEndpointAnswer> {
  const body = new URLSearchParams({
    client_id: app.clientId,
    client_secret: app.clientSecret,
    ...form,
    redirect_uri: app.redirectUrl,
  });
  try {
    const response = await fetch(new URL("/oauth/token", app.apiUrl), {
      method: "POST",
      headers: { accept: "application/json" },
      body,
      // A redirect would carry the client secret to wherever it points.
      redirect: "manual",
      signal: AbortSignal.timeout(deadlineMilliseconds),
    });
    return { status: response.status, json: parseJson(await readText(response)), headers: response.headers };
  } catch (error) {
    return { status: null, error: kindOf(error), sent: !isRefusedConnection(error) };
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

/** `POST /oauth/token` as a call: what is sent, how long it may take, and what came back; nothing is judged here. */
import type { HighLevelApp } from "../config.ts";
import { fetchAnswer, type HttpAnswer } from "./http_answer.ts";

/** A token answer is a few kilobytes; more than this is not one. */
const MAX_ANSWER_CHARACTERS = 256 * 1024;

/** The parameters beside the app's own. `redirect_uri` goes with every grant, as in every official example. */
export type TokenForm = Readonly<Record<"grant_type" | "user_type", string> & Record<string, string>>;

/** What came back; no answer at all may still mean that HighLevel carried the call out. */
export type TokenEndpointAnswer = HttpAnswer;

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
  return await fetchAnswer({
    url: new URL("/oauth/token", app.apiUrl),
    method: "POST",
    headers: { accept: "application/json" },
    body: new URLSearchParams({
      client_id: app.clientId,
      client_secret: app.clientSecret,
      ...form,
      redirect_uri: app.redirectUrl,
    }),
    fetch,
    deadlineMilliseconds,
    maxAnswerCharacters: MAX_ANSWER_CHARACTERS,
  });
}

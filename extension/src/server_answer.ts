/** Calls to a Relatch server, with a deadline, that end in an answer or in one of two reasons; they never throw. */
import { parseJson } from "#shared/parse_json.ts";

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** Many times the largest answer of a Relatch server. */
const MAX_ANSWER_BYTES = 256 * 1024;

/** `body` is foreign data, and undefined when it is not JSON or is too large to be an answer of Relatch. */
export type ServerAnswer =
  | { ok: true; status: number; body: unknown }
  | { ok: false; reason: "unreachable" | "aborted" };

export type ServerCall = {
  method?: "GET" | "POST" | "DELETE";
  /** Bearer credential of the session. */
  token?: string | null;
  body?: unknown;
  timeoutMs: number;
  signal?: AbortSignal;
};

/** Asks `url`. Redirects are not followed, so that a credential goes to the chosen server and nowhere else. */
export async function askServer(fetch: Fetch, url: string, call: ServerCall): Promise<ServerAnswer> {
  const headers = new Headers({ Accept: "application/json" });
  if (call.token) headers.set("Authorization", `Bearer ${call.token}`);
  if (call.body !== undefined) headers.set("Content-Type", "application/json");
  const deadline = AbortSignal.timeout(call.timeoutMs);
  try {
    const response = await fetch(url, {
      method: call.method ?? "GET",
      headers,
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
      signal: call.signal === undefined ? deadline : AbortSignal.any([call.signal, deadline]),
      credentials: "omit",
      cache: "no-store",
      redirect: "error",
    });
    return { ok: true, status: response.status, body: parseJson(await readText(response)) };
  } catch {
    return { ok: false, reason: call.signal?.aborted ? "aborted" : "unreachable" };
  }
}

/** Empty when there is more than may be read; leaving the loop ends the download. */
async function readText(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let [text, size] = ["", 0];
  for await (const bytes of response.body ?? []) {
    size += bytes.length;
    if (size > MAX_ANSWER_BYTES) return "";
    text += decoder.decode(bytes, { stream: true });
  }
  return text + decoder.decode();
}

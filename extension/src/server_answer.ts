/** Calls to a Relatch server, with a deadline, that end in an answer or in the reason why there is none; they never throw. */
import { parseJson } from "#shared/parse_json.ts";

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** Many times the largest answer of a Relatch server. */
const MAX_ANSWER_BYTES = 256 * 1024;

/** `body` is foreign data, and undefined when it is not JSON or is too large to be an answer of Relatch. */
export type ServerAnswer =
  | { ok: true; status: number; body: unknown; retryAfterSeconds: number | null }
  | { ok: false; reason: "unreachable" | "timed_out" | "aborted" };

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
    return {
      ok: true,
      status: response.status,
      body: parseJson(await readText(response)),
      retryAfterSeconds: parseRetryAfter(response.headers.get("Retry-After")),
    };
  } catch {
    if (call.signal?.aborted) return { ok: false, reason: "aborted" };
    return { ok: false, reason: deadline.aborted ? "timed_out" : "unreachable" };
  }
}

/** Relatch sends seconds; the other form that HTTP allows, a date, is passed over. */
function parseRetryAfter(text: string | null): number | null {
  return text !== null && /^\d{1,6}$/.test(text) ? Number(text) : null;
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

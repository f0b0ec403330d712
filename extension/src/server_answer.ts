/** Calls to a Relatch server, with a deadline, that end in an answer or in one of two reasons; they never throw. */

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** `body` is foreign data, and undefined when it is not JSON. */
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
    const text = await response.text();
    return { ok: true, status: response.status, body: parseJson(text) };
  } catch {
    return { ok: false, reason: call.signal?.aborted ? "aborted" : "unreachable" };
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Sends one webhook and says what came back. It follows no redirects, and reads no answers. */

/** `globalThis.fetch`, or an app's own `fetch` where no socket is wanted. */
export type WebhookFetch = (request: Request) => Response | Promise<Response>;

/** The status of the answer, or null when there was none in `timeoutMs` of real time or before `signal`. Never throws. */
export async function postWebhook(
  fetch: WebhookFetch,
  { url, body, headers, timeoutMs, signal }: {
    url: string;
    body: string;
    headers: Readonly<Record<string, string>>;
    timeoutMs: number;
    signal: AbortSignal | undefined;
  },
): Promise<number | null> {
  const patience = new AbortController();
  const giveUp = () => patience.abort();
  const timer = setTimeout(giveUp, timeoutMs);
  signal?.addEventListener("abort", giveUp);
  const gone = new Promise<null>((resolve) => {
    patience.signal.addEventListener("abort", () => resolve(null));
  });
  try {
    const request = new Request(url, {
      method: "POST",
      headers: { "Content-Type": "application/json", ...headers },
      body,
      redirect: "manual",
      signal: patience.signal,
    });
    const response = await Promise.race([fetch(request), gone]);
    await response?.body?.cancel();
    return response?.status ?? null;
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", giveUp);
  }
}

/**
 * Calls over a connection each. On a kept-alive connection that HighLevel closes at the wrong moment, Deno's `fetch`
 * sends a POST again by itself. A code must not be sent twice; and when the repetition is refused, the error says that
 * nothing was sent, although the refresh token was used up by the first one.
 */

/** A client that keeps no connection; close it, or let `using` do so. */
export function createSingleUseClient(): Deno.HttpClient {
  return Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
}

/** `fetch` through `client`. */
export function fetchThrough(client: Deno.HttpClient): typeof fetch {
  return (input, init) => fetch(input, { ...init, client });
}

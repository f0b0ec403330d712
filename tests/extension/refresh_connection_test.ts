import { refreshConnection } from "../../extension/src/popup/refresh_connection.ts";
import type { Fetch } from "../../extension/src/server_answer.ts";
import assert from "node:assert/strict";
import { connectedStatus, SERVER, SESSION_TOKEN } from "./fake_browser.ts";

const session = { id: "s", server: SERVER, token: SESSION_TOKEN, expiresAt: "2027-01-01T00:00:00.000Z" };

function answer(status: number, options: { body?: unknown; retryAfter?: string } = {}): Response {
  const headers = options.retryAfter === undefined ? {} : { "Retry-After": options.retryAfter };
  return Response.json(options.body ?? {}, { status, headers });
}

Deno.test("refreshConnection() judges every answer by its status, and a body by its parser", async () => {
  const status = connectedStatus({ state: "degraded" });
  const cases: [unknown, Response][] = [
    [{ kind: "answered", status }, answer(200, { body: status })],
    [{ kind: "unexpected_answer" }, answer(200)],
    [{ kind: "unexpected_answer" }, answer(200, { body: { ...status, state: "superb" } })],
    [{ kind: "unexpected_answer" }, answer(202, { body: status })],
    [{ kind: "unexpected_answer" }, answer(400)],
    [{ kind: "unexpected_answer" }, answer(405)],
    [{ kind: "session_ended" }, answer(401)],
    [{ kind: "not_found" }, answer(404)],
    [{ kind: "rate_limited", retryAfterSeconds: 30 }, answer(429, { retryAfter: "30" })],
    [{ kind: "rate_limited", retryAfterSeconds: null }, answer(429)],
    [{ kind: "server_trouble" }, answer(500)],
    [{ kind: "server_trouble" }, answer(503, { retryAfter: "5" })],
  ];
  for (const [expected, response] of cases) {
    const fetch = () => Promise.resolve(response);
    assert.deepEqual(await refreshConnection(fetch, { session, connectionId: "1" }), expected);
  }
});

Deno.test("refreshConnection() tells a server that is away from one that takes too long", async () => {
  const away = () => Promise.reject(new TypeError("Failed to fetch"));
  assert.deepEqual(await refreshConnection(away, { session, connectionId: "1" }), { kind: "unreachable" });
  const late: Fetch = (_url, { signal }) =>
    new Promise((_resolve, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));
  // The timer of a signal does not keep the test waiting.
  const patience = setTimeout(() => {}, 2000);
  assert.deepEqual(await refreshConnection(late, { session, connectionId: "1", timeoutMs: 1 }), {
    kind: "timed_out",
  });
  clearTimeout(patience);
});

Deno.test("refreshConnection() builds its path from any connection id", async () => {
  const urls: string[] = [];
  const fetch = (url: string): Promise<Response> => {
    urls.push(url);
    return Promise.resolve(answer(404));
  };
  await refreshConnection(fetch, { session, connectionId: "../a?b" });
  assert.deepEqual(urls, [`${SERVER}/api/connections/..%2Fa%3Fb/refresh`]);
});

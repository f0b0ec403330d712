import { disconnectConnection } from "../../extension/src/popup/disconnect_connection.ts";
import { refreshConnection } from "../../extension/src/popup/refresh_connection.ts";
import type { Fetch } from "../../extension/src/server_answer.ts";
import assert from "node:assert/strict";
import { LOCATION_ID, SERVER, SESSION_TOKEN } from "./fake_browser.ts";

const session = { id: "s", server: SERVER, token: SESSION_TOKEN, expiresAt: "2027-01-01T00:00:00.000Z" };
const order = { session, connectionId: "1", locationId: LOCATION_ID };
const ORDERS = [refreshConnection, disconnectConnection];

function answer(status: number, headers: Record<string, string> = {}): Response {
  return Response.json({}, { status, headers });
}

Deno.test("an order about a connection is judged by the status of its answer, whatever it orders", async () => {
  const cases: [unknown, Response][] = [
    [{ kind: "unexpected_answer" }, answer(200)],
    [{ kind: "unexpected_answer" }, answer(400)],
    [{ kind: "unexpected_answer" }, answer(403)],
    [{ kind: "unexpected_answer" }, answer(405)],
    [{ kind: "session_ended" }, answer(401)],
    [{ kind: "not_found" }, answer(404)],
    [{ kind: "rate_limited", retryAfterSeconds: 30 }, answer(429, { "Retry-After": "30" })],
    [{ kind: "rate_limited", retryAfterSeconds: null }, answer(429)],
    [{ kind: "server_trouble" }, answer(500)],
    [{ kind: "server_trouble" }, answer(503, { "Retry-After": "5" })],
  ];
  for (const give of ORDERS) {
    for (const [expected, response] of cases) {
      assert.deepEqual(await give(() => Promise.resolve(response.clone()), order), expected, give.name);
    }
  }
});

Deno.test("an order about a connection tells a server that is away from one that takes too long", async () => {
  const away = () => Promise.reject(new TypeError("Failed to fetch"));
  const late: Fetch = (_url, { signal }) =>
    new Promise((_resolve, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));
  // The timer of a signal does not keep the test waiting.
  const patience = setTimeout(() => {}, 2000);
  for (const give of ORDERS) {
    assert.deepEqual(await give(away, order), { kind: "unreachable" });
    assert.deepEqual(await give(late, { ...order, timeoutMs: 1 }), { kind: "timed_out" });
  }
  clearTimeout(patience);
});

Deno.test("an order about a connection builds its path from any connection id", async () => {
  const sent: unknown[] = [];
  const fetch: Fetch = (url, { method, headers }) => {
    sent.push([method, url, new Headers(headers).get("authorization")]);
    return Promise.resolve(answer(404));
  };
  for (const give of ORDERS) await give(fetch, { ...order, connectionId: "../a?b" });
  assert.deepEqual(sent, [
    ["POST", `${SERVER}/api/connections/..%2Fa%3Fb/refresh`, `Bearer ${SESSION_TOKEN}`],
    ["DELETE", `${SERVER}/api/connections/..%2Fa%3Fb`, `Bearer ${SESSION_TOKEN}`],
  ]);
});

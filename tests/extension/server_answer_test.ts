import { askServer, type Fetch } from "../../extension/src/server_answer.ts";
import assert from "node:assert/strict";
import { SERVER, SESSION_TOKEN } from "./fake_browser.ts";

/** Answers only by being aborted, as a server that has stopped. */
const silence: Fetch = (_url, { signal }) =>
  new Promise((_resolve, reject) => {
    signal?.addEventListener("abort", () => reject(signal.reason));
  });

Deno.test("askServer() sends no cookies, follows no redirect and keeps no copy", async () => {
  let sent: RequestInit = {};
  const fetch: Fetch = (_url, init) => {
    sent = init;
    return Promise.resolve(Response.json({ a: 1 }));
  };
  const answer = await askServer(fetch, SERVER, { token: SESSION_TOKEN, timeoutMs: 1000 });
  assert.deepEqual(answer, { ok: true, status: 200, body: { a: 1 }, retryAfterSeconds: null });
  assert.deepEqual([sent.credentials, sent.redirect, sent.cache], ["omit", "error", "no-store"]);
  assert.equal(new Headers(sent.headers).get("authorization"), `Bearer ${SESSION_TOKEN}`);
});

Deno.test("askServer() waits no longer than the deadline, with or without a signal of the caller", async () => {
  const { signal } = new AbortController();
  for (const call of [{ timeoutMs: 1 }, { timeoutMs: 1, signal }]) {
    // A timer of our own, since that of a signal does not keep the test waiting.
    const late = Promise.withResolvers<string>();
    const timer = setTimeout(() => late.resolve("late"), 2000);
    assert.deepEqual(await Promise.race([askServer(silence, SERVER, call), late.promise]), {
      ok: false,
      reason: "timed_out",
    });
    clearTimeout(timer);
  }
});

Deno.test("askServer() tells the caller's own abort from a server that does not answer", async () => {
  const abort = new AbortController();
  const answer = askServer(silence, SERVER, { timeoutMs: 2000, signal: abort.signal });
  abort.abort();
  assert.deepEqual(await answer, { ok: false, reason: "aborted" });
});

Deno.test("askServer() reads no more than 256 KB of an answer", async () => {
  const cases: [number, boolean][] = [[255, true], [257, false]];
  for (const [kilobytes, isRead] of cases) {
    const text = JSON.stringify("é".repeat(kilobytes * 512 - 8));
    const answer = await askServer(() => Promise.resolve(new Response(text)), SERVER, { timeoutMs: 2000 });
    assert.equal(answer.ok && typeof answer.body === "string", isRead);
  }
});

Deno.test("askServer() leaves an answer that does not end", async () => {
  const chunk = new Uint8Array(64 * 1024).fill(32);
  const left = Promise.withResolvers<void>();
  const body = new ReadableStream({ pull: (stream) => stream.enqueue(chunk), cancel: () => left.resolve() });
  const answer = await askServer(() => Promise.resolve(new Response(body)), SERVER, { timeoutMs: 2000 });
  assert.deepEqual(answer, { ok: true, status: 200, body: undefined, retryAfterSeconds: null });
  await left.promise;
});

Deno.test("askServer() reads how many seconds to wait, and passes over what is no such number", async () => {
  const cases: [string, number | null][] = [
    ["30", 30],
    ["0", 0],
    ["-1", null],
    ["1.5", null],
    ["", null],
    ["99999999999999999999", null],
    ["Wed, 21 Oct 2026 07:28:00 GMT", null],
  ];
  for (const [text, seconds] of cases) {
    const response = new Response("{}", { status: 429, headers: { "Retry-After": text } });
    const answer = await askServer(() => Promise.resolve(response), SERVER, { timeoutMs: 1000 });
    assert.equal(answer.ok && answer.retryAfterSeconds, seconds, text);
  }
});

Deno.test("askServer() tells no answer from no answer in time", async () => {
  const fetch: Fetch = () => Promise.reject(new TypeError("Failed to fetch"));
  assert.deepEqual(await askServer(fetch, SERVER, { timeoutMs: 1000 }), { ok: false, reason: "unreachable" });
});

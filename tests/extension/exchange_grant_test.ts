import { exchangeGrant, type Grant } from "../../extension/src/background/exchange_grant.ts";
import assert from "node:assert/strict";
import { GRANT_CODE, NOW, SERVER, SESSION_TOKEN, sessionAnswer } from "./fake_browser.ts";

type Answer = number | "none" | "session" | { status: number; retryAfter: string };

/** The server gives `answers` in turn, and the last one for ever. */
async function exchange(answers: readonly Answer[], changes: Partial<Grant> = {}) {
  let time = NOW;
  const tokens: (string | null)[] = [];
  const result = await exchangeGrant(
    {
      fetch: (_url, init) => {
        tokens.push(new Headers(init.headers).get("authorization"));
        return answerOf(answers[Math.min(tokens.length, answers.length) - 1] ?? assert.fail());
      },
      now: () => time,
      pause: (ms) => {
        time += ms;
        return Promise.resolve();
      },
    },
    {
      server: SERVER,
      code: GRANT_CODE,
      receivedAt: NOW,
      codeVerifier: "V".repeat(43),
      token: null,
      failure: null,
      signal: new AbortController().signal,
      ...changes,
    },
  );
  const end = result.ok ? result.response.token : result.cause;
  return { end, tries: tokens.length, seconds: (time - NOW) / 1000, tokens };
}

function answerOf(answer: Answer): Promise<Response> {
  if (answer === "none") return Promise.reject(new TypeError("Failed to fetch"));
  if (answer === "session") return Promise.resolve(sessionAnswer());
  if (typeof answer === "number") return Promise.resolve(Response.json({}, { status: answer }));
  const headers = { "retry-after": answer.retryAfter };
  return Promise.resolve(Response.json({}, { status: answer.status, headers }));
}

Deno.test("exchangeGrant() asks again after what a server says or does while it restarts, and only then", async () => {
  const cases: [readonly Answer[], string, number, number][] = [
    [["session"], SESSION_TOKEN, 1, 0],
    [["none", "session"], SESSION_TOKEN, 2, 1],
    [[502, "none", 503, "session"], SESSION_TOKEN, 4, 7],
    [[500, "session"], SESSION_TOKEN, 2, 1],
    [[{ status: 503, retryAfter: "5" }, "session"], SESSION_TOKEN, 2, 5],
    [[{ status: 429, retryAfter: "20" }, "session"], SESSION_TOKEN, 2, 20],
    // Refused because the answer to the first was lost: that is what went wrong.
    [["none", 400], "server_unreachable", 2, 1],
    [[503, 400], "server_error", 2, 1],
    [[400], "grant_rejected", 1, 0],
    [[401], "unexpected_answer", 1, 0],
    [[404], "unexpected_answer", 1, 0],
    [[200], "unexpected_answer", 1, 0],
    [[201], "unexpected_answer", 1, 0],
  ];
  for (const [answers, end, tries, seconds] of cases) {
    const result = await exchange(answers);
    assert.deepEqual([result.end, result.tries, result.seconds], [end, tries, seconds], String(answers));
  }
});

Deno.test("exchangeGrant() gives up within half a minute, with what the server did last", async () => {
  const cases: [readonly Answer[], string, number, number][] = [
    [["none"], "server_unreachable", 6, 23],
    [[503], "server_error", 6, 23],
    [["none", 429], "rate_limited", 6, 23],
    [[{ status: 429, retryAfter: "60" }], "rate_limited", 1, 0],
  ];
  for (const [answers, end, tries, seconds] of cases) {
    const result = await exchange(answers);
    assert.deepEqual([result.end, result.tries, result.seconds], [end, tries, seconds], String(answers));
  }
});

Deno.test("exchangeGrant() asks once for a code that came long ago, or from a clock that was set back", async () => {
  for (const receivedAt of [NOW - 600_000, NOW + 600_000]) {
    const { end, tries } = await exchange(["none"], { receivedAt });
    assert.deepEqual([end, tries], ["server_unreachable", 1]);
  }
});

Deno.test("exchangeGrant() says why the first try has no outcome when the code is refused after it", async () => {
  assert.equal((await exchange([400], { failure: "interrupted" })).end, "interrupted");
  assert.equal((await exchange(["session"], { failure: "interrupted" })).end, SESSION_TOKEN);
});

Deno.test("exchangeGrant() leaves a session out that has ended, at once and for good", async () => {
  const { end, tokens, seconds } = await exchange([401, 503, "session"], { token: "O".repeat(43) });
  assert.deepEqual([end, seconds], [SESSION_TOKEN, 1]);
  assert.deepEqual(tokens, [`Bearer ${"O".repeat(43)}`, null, null]);
});

Deno.test("exchangeGrant() asks no more once it was cancelled", async () => {
  const { end, tries } = await exchange(["none"], { signal: AbortSignal.abort() });
  assert.deepEqual([end, tries], ["cancelled", 1]);
});

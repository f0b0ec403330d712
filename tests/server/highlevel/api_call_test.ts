import assert from "node:assert/strict";
import { callApi } from "../../../server/highlevel/api_call.ts";
import { success } from "../../../server/result.ts";
import { callerAnsweredBy } from "./api_caller.ts";

Deno.test.sanitizer({ ops: true, resources: true });

/** A call that any success satisfies. */
const CALL = {
  operation: "installer_details",
  method: "GET",
  path: "/marketplace/app/x/installations",
  parse: () => success(null),
} as const;

const UNAVAILABLE = { ok: false, failure: { reason: "unavailable", pauseSeconds: null } };

Deno.test("callApi() sends the access token and the version, and follows no redirect", async () => {
  const { caller, requests } = callerAnsweredBy(() =>
    new Response(null, { status: 302, headers: { location: "https://elsewhere.example" } })
  );
  assert.deepEqual(await callApi(caller, CALL), UNAVAILABLE);
  assert.equal(requests.length, 1);
  const [request] = requests;
  assert.ok(request);
  assert.equal(request.url, "https://services.example/marketplace/app/x/installations");
  assert.equal(request.headers.get("authorization"), "Bearer the-access-token");
  assert.equal(request.headers.get("version"), "2021-07-28");
  assert.equal(request.headers.get("accept"), "application/json");
  assert.equal(request.redirect, "manual");
});

Deno.test("callApi() is satisfied with any 2xx", async () => {
  for (const status of [200, 201, 202, 299]) {
    const { caller, observations } = callerAnsweredBy(() => Response.json({}, { status }));
    assert.deepEqual(await callApi(caller, CALL), { ok: true, value: null });
    assert.equal(observations[0]?.outcome, "answered");
  }
});

Deno.test("callApi() calls a refused connection, a deadline and a cut answer unavailable, and repeats nothing", async () => {
  const cut = new ReadableStream({
    start: (controller) => controller.error(new TypeError("connection reset")),
  });
  const failures = [
    [() => Promise.reject(new TypeError("error sending request for the-access-token")), "TypeError"],
    [() => Promise.reject(new DOMException("Signal timed out.", "TimeoutError")), "TimeoutError"],
    [() => new Response(cut), "TypeError"],
  ] as const;
  for (const [answer, detail] of failures) {
    const { caller, requests, observations } = callerAnsweredBy(answer);
    assert.deepEqual(await callApi(caller, CALL), UNAVAILABLE);
    assert.equal(requests.length, 1);
    assert.equal(observations.length, 1);
    assert.deepEqual([observations[0]?.status, observations[0]?.detail], [null, detail]);
  }
});

Deno.test("callApi() gives up at its deadline", async () => {
  const { caller, observations } = callerAnsweredBy(() => new Response());
  const waits: typeof fetch = (_, init) =>
    new Promise((_, reject) => {
      const late = setTimeout(() => reject(new Error("Waited beyond the deadline")), 5000);
      init?.signal?.addEventListener("abort", () => {
        clearTimeout(late);
        reject(init.signal?.reason);
      });
    });
  assert.deepEqual(await callApi({ ...caller, fetch: waits, deadlineMilliseconds: 1 }, CALL), UNAVAILABLE);
  assert.equal(observations[0]?.detail, "TimeoutError");
});

Deno.test("callApi() does not throw for an access token that no header can carry", async () => {
  const { caller, requests } = callerAnsweredBy(() => Response.json({}));
  assert.deepEqual(await callApi({ ...caller, accessToken: "two\nlines" }, CALL), UNAVAILABLE);
  assert.equal(requests.length, 0);
});

Deno.test("callApi() reads a page of some megabytes, and no answer without end", async () => {
  const { caller } = callerAnsweredBy(() => Response.json({ text: "x".repeat(2_000_000) }));
  const lengthOf = { ...CALL, parse: ({ json }: { json: unknown }) => success(JSON.stringify(json).length) };
  assert.deepEqual(await callApi(caller, lengthOf), { ok: true, value: 2_000_011 });

  let sent = 0;
  const endless = new ReadableStream({
    pull(controller) {
      sent += 65_536;
      controller.enqueue(new Uint8Array(65_536).fill(32));
    },
  });
  const judged = callerAnsweredBy(() => new Response(endless));
  const typeOf = { ...CALL, parse: ({ json }: { json: unknown }) => success(typeof json) };
  assert.deepEqual(await callApi(judged.caller, typeOf), { ok: true, value: "undefined" });
  assert.ok(sent < 8_000_000, `read ${sent} bytes`);
});

Deno.test("callApi() observes what is needed to find a fault, and no text of HighLevel's", async () => {
  const body = {
    statusCode: 401,
    message: "Invalid JWT the-access-token",
    traceId: "3f0c2d1e-8a55-4c36-9f51-6f6f3f0c2d1e",
  };
  const { caller, observations } = callerAnsweredBy(() => Response.json(body, { status: 401 }));
  assert.deepEqual(await callApi(caller, CALL), { ok: false, failure: { reason: "token_refused" } });
  const { milliseconds, ...observed } = observations[0] ?? { milliseconds: NaN };
  assert.ok(milliseconds >= 0);
  assert.deepEqual(observed, {
    operation: "installer_details",
    outcome: "token_refused",
    status: 401,
    traceId: body.traceId,
    detail: null,
  });
});

Deno.test("callApi() observes the first wrong field of a success that cannot be used", async () => {
  const { caller, observations } = callerAnsweredBy(() =>
    Response.json({ success: "the-access-token" }, { headers: { "retry-after": "17" } })
  );
  const unusable = { ...CALL, parse: () => ({ ok: false, failure: { field: "success" } } as const) };
  assert.deepEqual(await callApi(caller, unusable), {
    ok: false,
    failure: { reason: "unavailable", pauseSeconds: 17 },
  });
  const [observed] = observations;
  assert.deepEqual([observed?.outcome, observed?.status, observed?.detail], ["unavailable", 200, "success"]);
});

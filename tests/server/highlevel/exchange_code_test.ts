import assert from "node:assert/strict";
import type { HighLevelApp } from "../../../server/config.ts";
import { authorizeUrl } from "../../../server/highlevel/authorize_url.ts";
import { exchangeCode, type ExchangeObservation } from "../../../server/highlevel/exchange_code.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const APP: HighLevelApp = {
  clientId: "0123456789abcdef01234567-abcd1234",
  clientSecret: "the-secret",
  versionId: "0123456789abcdef01234567",
  scopes: ["contacts.readonly", "contacts.write"],
  authorizeUrl: "https://marketplace.example/v2/oauth/chooselocation?brand=1",
  apiUrl: "https://services.example",
  redirectUrl: "https://relatch.example/oauth/callback",
};

function exchangeWith(answer: () => Response | Promise<Response>) {
  const requests: Request[] = [];
  const observations: ExchangeObservation[] = [];
  const result = exchangeCode({
    app: APP,
    code: "the-code",
    fetch: async (input, init) => {
      requests.push(new Request(input, init));
      return await answer();
    },
    observe: (observation) => observations.push(observation),
  });
  return { result, requests, observations };
}

Deno.test("authorizeUrl() asks for this app's scopes and keeps what the configured address already has", () => {
  const url = authorizeUrl(APP, "the-state");
  assert.equal(url.origin + url.pathname, "https://marketplace.example/v2/oauth/chooselocation");
  assert.deepEqual(Object.fromEntries(url.searchParams), {
    brand: "1",
    response_type: "code",
    client_id: APP.clientId,
    version_id: APP.versionId,
    redirect_uri: APP.redirectUrl,
    scope: "contacts.readonly contacts.write",
    state: "the-state",
    loginWindowOpenMode: "self",
  });
});

Deno.test("exchangeCode() sends one form with user_type and redirect_uri, and no credential in the address", async () => {
  const { result, requests } = exchangeWith(() => new Response("{}", { status: 500 }));
  await result;
  assert.equal(requests.length, 1);
  const [request] = requests;
  assert.ok(request);
  assert.equal(request.url, "https://services.example/oauth/token");
  assert.equal(request.method, "POST");
  assert.match(request.headers.get("content-type") ?? "", /^application\/x-www-form-urlencoded/);
  assert.equal(request.redirect, "manual");
  assert.deepEqual(Object.fromEntries(await request.formData()), {
    client_id: APP.clientId,
    client_secret: APP.clientSecret,
    grant_type: "authorization_code",
    code: "the-code",
    user_type: "Location",
    redirect_uri: APP.redirectUrl,
  });
});

Deno.test("exchangeCode() calls a refused connection, a deadline and a cut answer unavailable", async () => {
  const cut = new ReadableStream({
    start: (controller) => controller.error(new TypeError("connection reset")),
  });
  const failures = [
    () => Promise.reject(new TypeError("connection refused")),
    () => Promise.reject(new DOMException("Signal timed out.", "TimeoutError")),
    () => new Response(cut),
  ];
  for (const answer of failures) {
    const { result, observations } = exchangeWith(answer);
    assert.deepEqual(await result, { ok: false, failure: { reason: "unavailable" } });
    assert.equal(observations[0]?.status, null);
  }
});

Deno.test("exchangeCode() does not read an answer without end", async () => {
  let sent = 0;
  const endless = new ReadableStream({
    pull(controller) {
      sent += 65_536;
      controller.enqueue(new Uint8Array(65_536).fill(32));
    },
  });
  const { result } = exchangeWith(() => new Response(endless));
  assert.deepEqual(await result, { ok: false, failure: { reason: "unusable_answer", field: null } });
  assert.ok(sent < 1_000_000, `read ${sent} bytes`);
});

Deno.test("exchangeCode() observes what is needed to find a fault, and no text of HighLevel's", async () => {
  const body = {
    message: "Invalid client credentials! the-secret",
    traceId: "3f0c2d1e-8a55-4c36-9f51-6f6f3f0c2d1e",
  };
  const refused = exchangeWith(() => Response.json(body, { status: 401 }));
  await refused.result;
  const { milliseconds, ...observed } = refused.observations[0] ?? { milliseconds: NaN };
  assert.ok(milliseconds >= 0);
  assert.deepEqual(observed, {
    outcome: "client_rejected",
    status: 401,
    traceId: body.traceId,
    detail: null,
  });

  const empty = exchangeWith(() => Response.json({ userType: "Location", access_token: "the-secret" }));
  await empty.result;
  assert.deepEqual([empty.observations[0]?.outcome, empty.observations[0]?.detail], [
    "unusable_answer",
    "refresh_token",
  ]);

  const away = exchangeWith(() => Promise.reject(new TypeError("error sending request for the-secret")));
  await away.result;
  assert.equal(away.observations[0]?.detail, "TypeError");
});

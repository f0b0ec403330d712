import { createConnector } from "../../extension/src/background/connector.ts";
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  connectedStatus,
  failedAttempt,
  fakeConnector,
  GRANT_CODE,
  grantFor,
  LOCATION_ID,
  NOW,
  OTHER_LOCATION_ID,
  REDIRECT_URL,
  SERVER,
  SESSION_TOKEN,
  sessionAnswer,
  storedAttempt,
} from "./fake_browser.ts";

const OLD_TOKEN = "O".repeat(43);
const oldSession = { id: "old", server: SERVER, token: OLD_TOKEN, expiresAt: "2027-01-01T00:00:00.000Z" };

Deno.test("connect() opens the server's connect page with PKCE and redeems the grant code", async () => {
  const fake = fakeConnector();
  await createConnector(fake.deps).connect(LOCATION_ID);
  const outcome = await fake.ended;

  const url = new URL(fake.opened[0] ?? "");
  assert.equal(url.origin + url.pathname, `${SERVER}/connect`);
  const query = Object.fromEntries(url.searchParams);
  assert.equal(query.redirect_uri, REDIRECT_URL);
  assert.equal(query.location_id, LOCATION_ID);
  assert.equal(query.code_challenge_method, "S256");
  assert.match(query.state ?? "", /^[\w-]{43}$/);

  assert.equal(fake.requests.length, 1);
  const { url: target, init } = fake.requests[0] ?? assert.fail();
  assert.equal(target, `${SERVER}/api/sessions`);
  assert.equal(init.method, "POST");
  assert.equal(init.redirect, "error");
  assert.equal(new Headers(init.headers).get("authorization"), null);
  const body: Record<string, string> = JSON.parse(String(init.body));
  assert.equal(body.code, GRANT_CODE);
  assert.equal(
    createHash("sha256").update(body.codeVerifier ?? "").digest("base64url"),
    query.code_challenge,
  );

  assert.deepEqual(outcome, {
    phase: "connected",
    locationId: LOCATION_ID,
    connection: {
      kind: "location",
      connectionId: "connection-1",
      locationId: LOCATION_ID,
      locationName: "Bright Smile Dental",
    },
    endedAt: NOW,
  });
  assert.ok(!JSON.stringify([fake.session.all(), fake.local.all()]).includes(body.codeVerifier ?? ""));
  assert.match(JSON.stringify(fake.local.all().session), new RegExp(SESSION_TOKEN));
  assert.match(JSON.stringify(fake.local.all().statuses), /Bright Smile Dental/);
});

Deno.test("connect() makes a new verifier and state for every attempt", async () => {
  const urls: URL[] = [];
  for (let attempt = 0; attempt < 2; attempt++) {
    const fake = fakeConnector();
    await createConnector(fake.deps).connect(null);
    await fake.ended;
    urls.push(new URL(fake.opened[0] ?? ""));
  }
  for (const name of ["state", "code_challenge"]) {
    assert.notEqual(urls[0]?.searchParams.get(name), urls[1]?.searchParams.get(name));
  }
  assert.equal(urls[0]?.searchParams.has("location_id"), false);
});

Deno.test("connect() sends its session along, so that the connection is added to it", async () => {
  const fake = fakeConnector({ local: { session: oldSession } });
  await createConnector(fake.deps).connect(LOCATION_ID);
  await fake.ended;
  assert.equal(new Headers(fake.requests[0]?.init.headers).get("authorization"), `Bearer ${OLD_TOKEN}`);
});

Deno.test("connect() never sends a session to another server than its own", async () => {
  const fake = fakeConnector({ local: { session: oldSession, server: "https://other.example.com" } });
  await createConnector(fake.deps).connect(LOCATION_ID);
  await fake.ended;
  assert.equal(fake.requests[0]?.url, "https://other.example.com/api/sessions");
  assert.equal(new Headers(fake.requests[0]?.init.headers).get("authorization"), null);
});

Deno.test("connect() goes on without its session when that has ended", async () => {
  const answer = (call: number): Response =>
    call === 1 ? new Response("{}", { status: 401 }) : sessionAnswer();
  const fake = fakeConnector({ local: { session: oldSession }, answer });
  await createConnector(fake.deps).connect(LOCATION_ID);
  await fake.ended;
  assert.equal(fake.requests.length, 2);
  assert.equal(new Headers(fake.requests[1]?.init.headers).get("authorization"), null);
  assert.equal(storedAttempt(fake.session).phase, "connected");
});

Deno.test("connect() keeps which location was connected when it is not the one in view", async () => {
  const other = connectedStatus({ locationId: OTHER_LOCATION_ID, locationName: "Sunrise Yoga" });
  const fake = fakeConnector({ answer: () => sessionAnswer(other) });
  await createConnector(fake.deps).connect(LOCATION_ID);
  await fake.ended;
  const { locationId, connection } = storedAttempt(fake.session);
  assert.equal(locationId, LOCATION_ID);
  assert.deepEqual(connection, {
    kind: "location",
    connectionId: "connection-1",
    locationId: OTHER_LOCATION_ID,
    locationName: "Sunrise Yoga",
  });
});

Deno.test("connect() is not undone by a storage that is too full for the status", async () => {
  const fake = fakeConnector();
  const local = {
    ...fake.local,
    set: (items: Record<string, unknown>) =>
      "statuses" in items ? Promise.reject(new Error("QUOTA_BYTES")) : fake.local.set(items),
  };
  await createConnector({ ...fake.deps, local }).connect(LOCATION_ID);
  await fake.ended;
  assert.equal(storedAttempt(fake.session).phase, "connected");
});

Deno.test("connect() redeems nothing when the answer has another state", async () => {
  const foreign = `${REDIRECT_URL}?code=${GRANT_CODE}&state=${"x".repeat(43)}`;
  const fake = fakeConnector({ openAuthWindow: () => Promise.resolve(foreign) });
  await createConnector(fake.deps).connect(LOCATION_ID);
  assert.deepEqual(await fake.ended, failedAttempt("state_mismatch"));
  assert.equal(fake.requests.length, 0);
});

Deno.test("connect() rejects the answer of an earlier attempt when it comes again", async () => {
  let first: string | null = null;
  const openAuthWindow = (url: string): Promise<string> => Promise.resolve(first ??= grantFor(url));
  const earlier = fakeConnector({ openAuthWindow });
  await createConnector(earlier.deps).connect(LOCATION_ID);
  await earlier.ended;
  const replayed = fakeConnector({ openAuthWindow });
  await createConnector(replayed.deps).connect(LOCATION_ID);
  assert.deepEqual(await replayed.ended, failedAttempt("state_mismatch"));
});

Deno.test("connect() ends with the cause that the window or the server gave", async () => {
  const json = (status: number) => (): Response => Response.json({}, { status });
  const cases: [string, Parameters<typeof fakeConnector>[0]][] = [
    ["cancelled", { openAuthWindow: () => Promise.reject(new Error("The user did not approve access.")) }],
    ["window_failed", {
      openAuthWindow: () => Promise.reject(new Error("Authorization page could not be loaded.")),
    }],
    ["grant_rejected", { answer: json(400) }],
    ["unexpected_answer", { answer: json(401) }],
    ["unexpected_answer", { answer: json(201) }],
    ["unexpected_answer", { answer: () => new Response("<html>", { status: 200 }) }],
  ];
  for (const [cause, options] of cases) {
    const fake = fakeConnector(options);
    await createConnector(fake.deps).connect(LOCATION_ID);
    assert.deepEqual(await fake.ended, failedAttempt(cause));
    assert.deepEqual(fake.local.all(), {});
  }
});

Deno.test("connect() opens no window when the server is not there, or says that it cannot work", async () => {
  const cases: [string, () => Response | Promise<Response>][] = [
    ["server_unreachable", () => Promise.reject(new TypeError("Failed to fetch"))],
    ["server_error", () => new Response("<html>", { status: 502 })],
    ["rate_limited", () => Response.json({}, { status: 429 })],
    ["unexpected_answer", () => new Response("<html>", { status: 404 })],
  ];
  for (const [cause, health] of cases) {
    const fake = fakeConnector({ health });
    await createConnector(fake.deps).connect(LOCATION_ID);
    assert.deepEqual([await fake.ended, fake.opened], [failedAttempt(cause), []]);
  }
});

Deno.test("connect() keeps the grant code only until it is redeemed", async () => {
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<Response>();
  const fake = fakeConnector({
    answer: () => {
      asked.resolve();
      return answer.promise;
    },
  });
  await createConnector(fake.deps).connect(LOCATION_ID);
  await asked.promise;
  assert.deepEqual(storedAttempt(fake.session).grant, { code: GRANT_CODE, receivedAt: NOW });
  answer.resolve(sessionAnswer());
  await fake.ended;
  assert.ok(!JSON.stringify([fake.session.all(), fake.local.all()]).includes(GRANT_CODE));
});

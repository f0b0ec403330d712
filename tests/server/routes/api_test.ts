import assert from "node:assert/strict";
import { CONNECTIONS_PATH, locationStatusPath } from "#shared/endpoints.ts";
import { CALLS_PER_MINUTE } from "../../../server/http/rate_limit.ts";
import { testPostgresForFile } from "../../support/test_postgres.ts";
import {
  connect,
  createTestRelatch,
  LOCATION_ID,
  postSession,
  readStatus,
} from "../../support/test_relatch.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const CHROME_ORIGIN = "chrome-extension://abjgbklcclkfdcbkagobdibiopblnnhh";

const postgres = testPostgresForFile();

Deno.test("DELETE /api/sessions/current ends the session for good", async () => {
  await using relatch = await createTestRelatch(postgres);
  const { token } = await connect(relatch);
  const headers = { authorization: `Bearer ${token}` };
  const ended = await relatch.app.request("/api/sessions/current", { method: "DELETE", headers });
  assert.equal(ended.status, 204);
  assert.equal((await relatch.app.request(locationStatusPath(LOCATION_ID), { headers })).status, 401);
  assert.equal(
    (await relatch.app.request("/api/sessions/current", { method: "DELETE", headers })).status,
    401,
  );
});

Deno.test("a session that has ended is refused and says so in the field's terms", async () => {
  await using relatch = await createTestRelatch(postgres);
  const { token } = await connect(relatch);
  await relatch.database`UPDATE sessions SET expires_at = now() - interval '1 second'`;
  const response = await relatch.app.request(locationStatusPath(LOCATION_ID), {
    headers: { authorization: `Bearer ${token}` },
  });
  assert.equal(response.status, 401);
  assert.equal(response.headers.get("www-authenticate"), "Bearer");
  const { error } = await response.json();
  assert.equal(error.code, "unauthorized");
  assert.equal(error.requestId, response.headers.get("x-request-id"));
});

Deno.test("a session is prolonged by its use, at most once a day", async () => {
  await using relatch = await createTestRelatch(postgres);
  const { token } = await connect(relatch);
  const days = async () => {
    const [row] = await relatch
      .database`SELECT extract(epoch FROM expires_at - now()) / 86400 AS days FROM sessions`;
    return Number(row?.days);
  };
  await relatch.database`UPDATE sessions SET expires_at = now() + interval '179 days 12 hours'`;
  await readStatus(relatch.app, token);
  assert.ok(await days() < 179.6);
  await relatch.database`UPDATE sessions SET expires_at = now() + interval '1 day'`;
  await readStatus(relatch.app, token);
  assert.ok(await days() > 179.9);
});

Deno.test("a credential is read from the Authorization header only", async () => {
  await using relatch = await createTestRelatch(postgres);
  const { token } = await connect(relatch);
  const path = locationStatusPath(LOCATION_ID);
  const requests: [string, Record<string, string>][] = [
    [path, {}],
    [`${path}?access_token=${token}&token=${token}`, {}],
    [path, { cookie: `session=${token}; token=${token}` }],
    [path, { authorization: token }],
    [path, { authorization: `Basic ${token}` }],
    [path, { authorization: `Bearer ${token}x` }],
    [path, { authorization: "Bearer " }],
  ];
  for (const [url, headers] of requests) {
    assert.equal((await relatch.app.request(url, { headers })).status, 401, JSON.stringify(headers));
  }
});

Deno.test("a location id that cannot be one is refused before the database is asked", async () => {
  await using relatch = await createTestRelatch(postgres);
  const { token } = await connect(relatch);
  for (const locationId of ["short", "a".repeat(65), "../../../etc", "ve9EPM428h8vShlRW1K'"]) {
    const response = await relatch.app.request(locationStatusPath(locationId), {
      headers: { authorization: `Bearer ${token}` },
    });
    assert.equal(response.status, 400, locationId);
    assert.equal((await response.json()).error.code, "invalid_request");
  }
});

Deno.test("missingScopes tells what the settings ask for and HighLevel did not grant", async () => {
  await using relatch = await createTestRelatch(postgres);
  const { token } = await connect(relatch);
  await relatch.database`UPDATE connections SET scopes = '{contacts.readonly}'`;
  assert.deepEqual((await readStatus(relatch.app, token)).missingScopes, ["contacts.write"]);
});

Deno.test("POST /api/sessions refuses bodies that are not its own, and loses no grant by it", async () => {
  await using relatch = await createTestRelatch(postgres);
  const post = (body: string, type: string) =>
    relatch.app.request("/api/sessions", { method: "POST", headers: { "content-type": type }, body });
  const refused: [string, string, number, string][] = [
    ["{}", "text/plain", 415, "unsupported_media_type"],
    ["code=a", "application/x-www-form-urlencoded", 415, "unsupported_media_type"],
    ["{", "application/json", 400, "invalid_request"],
    ["null", "application/json", 400, "invalid_request"],
    ["[]", "application/json; charset=utf-8", 400, "invalid_request"],
    ['{"code":1,"codeVerifier":{}}', "application/json", 400, "invalid_request"],
    [JSON.stringify({ code: "x".repeat(20_000) }), "application/json", 413, "payload_too_large"],
  ];
  for (const [body, type, status, code] of refused) {
    const response = await post(body, type);
    assert.equal(response.status, status, body.slice(0, 40));
    assert.equal((await response.json()).error.code, code);
  }
});

Deno.test("an unknown route answers 404 in the shape of every error", async () => {
  await using relatch = await createTestRelatch(postgres);
  for (const path of ["/", "/api", "/api/nothing", "/api/sessions/current"]) {
    const response = await relatch.app.request(path);
    assert.equal(response.status, 404, path);
    const { error } = await response.json();
    assert.deepEqual(Object.keys(error), ["code", "message", "requestId"]);
  }
});

Deno.test("headers beyond 16 KiB are refused with 431", async () => {
  await using relatch = await createTestRelatch(postgres);
  const response = await relatch.app.request("/api/nothing", { headers: { "x-large": "x".repeat(17_000) } });
  assert.equal(response.status, 431);
  assert.equal((await response.json()).error.code, "headers_too_large");
});

Deno.test("CORS lets the extensions' origins read the API, without cookies, and no website", async () => {
  await using relatch = await createTestRelatch(postgres);
  const preflight = (origin: string) =>
    relatch.app.request("/api/sessions", {
      method: "OPTIONS",
      headers: {
        origin,
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization",
      },
    });
  for (const origin of [CHROME_ORIGIN, "moz-extension://2c127fa4-62c7-7e4f-90e5-472b45eecfdc"]) {
    const response = await preflight(origin);
    assert.equal(response.headers.get("access-control-allow-origin"), origin);
    assert.match(response.headers.get("access-control-allow-headers") ?? "", /authorization/i);
    assert.equal(response.headers.get("access-control-allow-methods"), "GET,POST,DELETE");
    assert.equal(response.headers.get("access-control-allow-credentials"), null);
  }
  for (
    const origin of ["https://app.gohighlevel.com", "chrome-extension://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"]
  ) {
    assert.equal((await preflight(origin)).headers.get("access-control-allow-origin"), null, origin);
  }
});

Deno.test("an error answer can be read by the extension too", async () => {
  await using relatch = await createTestRelatch(postgres);
  const response = await relatch.app.request(locationStatusPath(LOCATION_ID), {
    headers: { origin: CHROME_ORIGIN },
  });
  assert.equal(response.status, 401);
  assert.equal(response.headers.get("access-control-allow-origin"), CHROME_ORIGIN);
});

Deno.test("every answer carries the security headers of its kind", async () => {
  await using relatch = await createTestRelatch(postgres);
  const answers = [
    "/",
    "/connect/",
    "/api/nothing",
    locationStatusPath(LOCATION_ID),
    "/healthz",
    "/readyz",
    "/connect",
    "/oauth/callback",
  ];
  for (const path of answers) {
    const { headers } = await relatch.app.request(path);
    assert.equal(headers.get("x-content-type-options"), "nosniff", path);
    assert.equal(headers.get("x-frame-options"), "DENY", path);
    assert.equal(headers.get("cache-control"), "no-store", path);
    assert.match(
      headers.get("content-security-policy") ?? "",
      /default-src 'none'.*frame-ancestors 'none'/,
      path,
    );
    assert.ok(headers.get("x-request-id"), path);
  }
});

Deno.test("/readyz is 503 while the schema is not there or the database is away, /healthz stays 200", async () => {
  await using relatch = await createTestRelatch(postgres);
  assert.equal((await relatch.app.request("/readyz")).status, 200);
  await relatch.database`DELETE FROM kysely_migration`;
  const notMigrated = await relatch.app.request("/readyz");
  assert.equal(notMigrated.status, 503);
  assert.equal((await notMigrated.json()).problem, "database_not_migrated");
  await relatch.database.end({ timeout: 0 });
  const unreachable = await relatch.app.request("/readyz");
  assert.equal(unreachable.status, 503);
  assert.equal((await unreachable.json()).problem, "database_unreachable");
  assert.equal((await relatch.app.request("/healthz")).status, 200);
});

Deno.test("the API answers 503 with Retry-After while the database is away", async () => {
  await using relatch = await createTestRelatch(postgres);
  const { token } = await connect(relatch);
  await relatch.database.end({ timeout: 0 });
  const response = await relatch.app.request(locationStatusPath(LOCATION_ID), {
    headers: { authorization: `Bearer ${token}` },
  });
  assert.equal(response.status, 503);
  assert.ok(Number(response.headers.get("retry-after")) > 0);
  assert.equal((await response.json()).error.code, "unavailable");
});

Deno.test("a request id that the caller sends is kept if it is short and plain, and replaced otherwise", async () => {
  await using relatch = await createTestRelatch(postgres);
  const idFor = async (id: string) =>
    (await relatch.app.request("/healthz", { headers: { "x-request-id": id } })).headers.get("x-request-id");
  assert.equal(await idFor("trace-42"), "trace-42");
  assert.notEqual(await idFor("x".repeat(100)), "x".repeat(100));
  assert.notEqual(await idFor('a"b'), 'a"b');
});

Deno.test("a request is logged with its route's pattern and never with an id, a query or a credential", async () => {
  await using relatch = await createTestRelatch(postgres);
  const { token } = await connect(relatch);
  await readStatus(relatch.app, token);
  await postSession(relatch.app, { code: "x" });
  const lines = relatch.logLines.map((line) => JSON.parse(line));
  const routes = lines.filter(({ event }) => event === "request").map(({ route }) => route);
  assert.deepEqual(routes, [
    "/connect",
    "/oauth/callback",
    "/api/sessions",
    "/api/locations/:locationId/status",
    "/api/sessions",
  ]);
  const log = relatch.logLines.join("\n");
  for (const secret of [token, ...relatch.simulator.ledger.secretsIssued()]) assert.ok(!log.includes(secret));
});

Deno.test("an unknown path is logged without the path itself", async () => {
  await using relatch = await createTestRelatch(postgres);
  await relatch.app.request("/api/a-secret-in-the-path?token=a-secret-in-the-query");
  assert.doesNotMatch(relatch.logLines.join("\n"), /a-secret/);
});

Deno.test("an address that tries tokens out is refused after some calls; a live session is not counted", async () => {
  await using relatch = await createTestRelatch(postgres);
  const { token } = await connect(relatch);
  const ask = (bearer: string) =>
    relatch.app.request(locationStatusPath(LOCATION_ID), { headers: { authorization: `Bearer ${bearer}` } });
  for (let call = 0; call < CALLS_PER_MINUTE; call++) assert.equal((await ask(token)).status, 200);
  const wrong = "x".repeat(43);
  const statuses: number[] = [];
  for (let call = 0; call <= CALLS_PER_MINUTE; call++) statuses.push((await ask(wrong)).status);
  assert.equal(statuses[0], 401);
  assert.equal(statuses.at(-1), 429);
});

Deno.test("a live session asks for a status and reads page after page, as often as it likes", async () => {
  await using relatch = await createTestRelatch(postgres);
  const { token } = await connect(relatch);
  const statuses = new Set<number>();
  for (let call = 0; call < 2 * CALLS_PER_MINUTE; call++) {
    for (const path of [locationStatusPath(LOCATION_ID), `${CONNECTIONS_PATH}?limit=100`]) {
      const response = await relatch.app.request(path, { headers: { authorization: `Bearer ${token}` } });
      await response.body?.cancel();
      statuses.add(response.status);
    }
  }
  assert.deepEqual([...statuses], [200]);
});

Deno.test("a body that is cut off is a bad request, not a failure of the server", async () => {
  await using relatch = await createTestRelatch(postgres);
  const body = new ReadableStream({ start: (controller) => controller.error(new TypeError("cut off")) });
  const response = await relatch.app.request("/api/sessions", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
  });
  assert.equal(response.status, 400);
  assert.doesNotMatch(relatch.logLines.join("\n"), /"level":"error"/);
});

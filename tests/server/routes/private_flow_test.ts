import assert from "node:assert/strict";
import { DEFAULT_LOCATIONS } from "../../simulator/default_settings.ts";
import { outcomeOf, redirectOf } from "../../support/test_browser.ts";
import { testPostgresForFile } from "../../support/test_postgres.ts";
import {
  authorize,
  chooseLocation,
  connect,
  createAttempt,
  createTestRelatch,
  LOCATION_ID,
  postSession,
  PUBLIC_URL,
  readStatus,
  REDIRECT_URL,
} from "../../support/test_relatch.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const postgres = testPostgresForFile();

const OTHER_LOCATION_ID = DEFAULT_LOCATIONS[1]?.id ?? "";

Deno.test("the private flow ends with a session that sees the location connected", async () => {
  await using relatch = await createTestRelatch(postgres);
  const { token, expiresAt, connection } = await connect(relatch);
  assert.match(token, /^[A-Za-z0-9_-]{43}$/);
  assert.ok(Date.parse(expiresAt) > Date.now());
  const { connectionId, accessTokenExpiresAt, lastRefreshedAt, nextRefreshAt, ...rest } = connection;
  assert.match(connectionId ?? "", /^[0-9a-f-]{36}$/);
  assert.ok(Math.abs(Date.parse(accessTokenExpiresAt ?? "") - Date.now() - 86_399_000) < 60_000);
  assert.ok(Math.abs(Date.parse(lastRefreshedAt ?? "") - Date.now()) < 60_000);
  assert.deepEqual(rest, {
    state: "connected",
    kind: "location",
    locationId: LOCATION_ID,
    locationName: null,
    companyId: DEFAULT_LOCATIONS[0]?.companyId,
    scopes: ["contacts.readonly", "contacts.write"],
    missingScopes: [],
    problem: null,
  });
  const secondsUntilRenewal = (Date.parse(nextRefreshAt ?? "") - Date.parse(lastRefreshedAt ?? "")) / 1000;
  assert.ok(secondsUntilRenewal >= 86_399 * 5 / 6 && secondsUntilRenewal <= 86_399 * 11 / 12);
  assert.deepEqual(await readStatus(relatch.app, token), connection);
});

Deno.test("the private flow stores the tokens sealed, and no credential in the clear", async () => {
  await using relatch = await createTestRelatch(postgres);
  const { token } = await connect(relatch);
  const stored = await relatch.database<{ line: string }[]>`
    SELECT row_to_json(c)::text AS line FROM connections c UNION ALL SELECT row_to_json(s)::text FROM sessions s
    UNION ALL SELECT row_to_json(e)::text FROM connection_events e`;
  const everything = stored.map(({ line }) => line).join("\n");
  const plain = (secret: string) => [secret, new TextEncoder().encode(secret).toHex()];
  const secrets = [token, ...relatch.simulator.ledger.secretsIssued()];
  assert.ok(secrets.length > 3);
  for (const form of secrets.flatMap(plain)) assert.ok(!everything.includes(form));
});

Deno.test("authorising a location again replaces its tokens in the same row and leaves both in the history", async () => {
  await using relatch = await createTestRelatch(postgres);
  const first = await connect(relatch);
  const second = await connect(relatch, { token: first.token });
  assert.equal(second.connection.connectionId, first.connection.connectionId);
  const rows = await relatch.database`SELECT generation FROM connections`;
  assert.deepEqual(rows.map((row) => row.generation), ["2"]);
  const events = await relatch.database`SELECT event, cause FROM connection_events ORDER BY id`;
  assert.deepEqual(events.map((row) => [row.event, row.cause]), [
    ["connected", "private_flow"],
    ["reauthorized", "private_flow"],
  ]);
});

Deno.test("a second connection joins the session that the extension already has", async () => {
  await using relatch = await createTestRelatch(postgres);
  const { token } = await connect(relatch);
  const second = await connect(relatch, { token, locationId: OTHER_LOCATION_ID });
  assert.equal(second.token, token);
  assert.equal((await readStatus(relatch.app, token)).state, "connected");
  assert.equal((await readStatus(relatch.app, token, OTHER_LOCATION_ID)).state, "connected");
});

Deno.test("a grant code is not lost when the session it comes with has ended", async () => {
  await using relatch = await createTestRelatch(postgres);
  const { token } = await connect(relatch);
  await relatch.database`UPDATE sessions SET expires_at = now() - interval '1 second'`;
  const second = await connect(relatch, { token });
  assert.notEqual(second.token, token);
  assert.equal((await readStatus(relatch.app, second.token)).state, "connected");
});

Deno.test("attempts in two windows of one browser both end well, in either order", async () => {
  await using relatch = await createTestRelatch(postgres);
  const browser = relatch.createBrowser();
  const attempts = [createAttempt(), createAttempt()] as const;
  const callbacks = [
    await chooseLocation(browser, attempts[0]),
    await chooseLocation(browser, attempts[1]),
  ] as const;
  for (const index of [1, 0] as const) {
    const returned = await redirectOf(await browser.open(callbacks[index]));
    assert.equal(returned.searchParams.get("state"), attempts[index].state);
    assert.match(returned.searchParams.get("code") ?? "", /^[\w-]{43}$/);
  }
});

Deno.test("/connect may be requested twice for one attempt, and the second answer works", async () => {
  await using relatch = await createTestRelatch(postgres);
  const browser = relatch.createBrowser();
  const attempt = createAttempt();
  await redirectOf(await browser.open(attempt.connectUrl));
  assert.ok((await authorize(browser, attempt)).searchParams.has("code"));
});

Deno.test("/connect keeps at most eight attempts in a browser and drops the oldest", async () => {
  await using relatch = await createTestRelatch(postgres);
  const browser = relatch.createBrowser();
  for (let index = 0; index < 12; index++) await redirectOf(await browser.open(createAttempt().connectUrl));
  assert.equal(browser.cookies(PUBLIC_URL).size, 8);
  assert.ok((await authorize(browser, createAttempt())).searchParams.has("code"));
});

Deno.test("/connect writes nothing to the database", async () => {
  await using relatch = await createTestRelatch(postgres);
  await redirectOf(await relatch.createBrowser().open(createAttempt().connectUrl));
  const [row] = await relatch.database`
    SELECT (SELECT count(*) FROM connections) + (SELECT count(*) FROM sessions) + (SELECT count(*) FROM grant_codes) AS n`;
  assert.equal(row?.n, "0");
});

Deno.test("the attempt's cookie is HttpOnly, Lax and host-wide, and on https Secure with the __Host- prefix", async () => {
  await using plain = await createTestRelatch(postgres);
  const overHttp = await plain.app.request(createAttempt().connectUrl);
  const cookie = overHttp.headers.get("set-cookie") ?? "";
  assert.match(
    cookie,
    /^relatch-attempt-[0-9a-f]{16}=[\w-]+; Max-Age=3600; Path=\/; HttpOnly; SameSite=Lax$/,
  );
  await using secure = await createTestRelatch(postgres, {
    settings: { PUBLIC_URL: "https://relatch.example" },
  });
  const overHttps = await secure.app.request(createAttempt().connectUrl);
  assert.match(overHttps.headers.get("set-cookie") ?? "", /^__Host-relatch-attempt-[^;]+;.*; Secure/);
});

Deno.test("an agency's install is stored as one company row and granted to the session", async () => {
  await using relatch = await createTestRelatch(postgres);
  relatch.simulator.switches.installer = "agency";
  const { connection } = await connect(relatch);
  assert.deepEqual([connection.kind, connection.locationId], ["company", null]);
  assert.equal(connection.companyId, DEFAULT_LOCATIONS[0]?.companyId);
});

Deno.test("attack: /connect opened in another browser connects nothing", async () => {
  await using relatch = await createTestRelatch(postgres);
  const callback = await chooseLocation(relatch.createBrowser(), createAttempt());
  const response = await relatch.createBrowser().open(callback);
  assert.equal(response.status, 200);
  assert.equal(await outcomeOf(response), "attempt_unknown");
  assert.equal(relatch.simulator.ledger.calls().length, 0, "nothing was exchanged");
});

Deno.test("attack: a link to /connect sent to somebody gives the sender a code that only the sender's verifier opens", async () => {
  await using relatch = await createTestRelatch(postgres);
  const attackers = createAttempt();
  // The victim follows the link and consents; the code ends at the extension's own address in the victim's browser.
  const returned = await authorize(relatch.createBrowser(), attackers);
  assert.equal(returned.origin + returned.pathname, REDIRECT_URL);
  const code = returned.searchParams.get("code");
  // The victim's extension did not start this attempt: its state differs, and its verifier does not fit.
  const response = await postSession(relatch.app, { code, codeVerifier: createAttempt().codeVerifier });
  assert.equal(response.status, 400);
});

Deno.test("attack: a swapped state exchanges nothing", async () => {
  await using relatch = await createTestRelatch(postgres);
  const browser = relatch.createBrowser();
  const mine = await chooseLocation(browser, createAttempt());
  const foreign = await chooseLocation(relatch.createBrowser(), createAttempt());
  mine.searchParams.set("state", foreign.searchParams.get("state") ?? "");
  assert.equal(await outcomeOf(await browser.open(mine)), "attempt_unknown");
  assert.equal(relatch.simulator.ledger.calls().length, 0, "nothing was exchanged");
});

Deno.test("attack: a changed attempt cookie exchanges nothing", async () => {
  await using relatch = await createTestRelatch(postgres);
  const browser = relatch.createBrowser();
  const callback = await chooseLocation(browser, createAttempt());
  const [[name, value] = ["", ""]] = browser.cookies(PUBLIC_URL);
  for (const changed of [value.slice(0, -2), `B${value.slice(1)}`, "", "%%%", `${value}AA`]) {
    const response = await relatch.app.request(callback, { headers: { cookie: `${name}=${changed}` } });
    assert.equal(await outcomeOf(response), "attempt_unknown", changed);
  }
  assert.equal(relatch.simulator.ledger.calls().length, 0, "nothing was exchanged");
});

Deno.test("attack: callback twice exchanges once, and the second visit gets a calm page", async () => {
  await using relatch = await createTestRelatch(postgres);
  const browser = relatch.createBrowser();
  const callback = await chooseLocation(browser, createAttempt());
  await redirectOf(await browser.open(callback));
  assert.equal(await outcomeOf(await browser.open(callback)), "attempt_unknown");
  assert.equal(relatch.simulator.ledger.calls().length, 1);
});

Deno.test("attack: two callbacks at the same time end in one connection", async () => {
  await using relatch = await createTestRelatch(postgres);
  const browser = relatch.createBrowser();
  const callback = await chooseLocation(browser, createAttempt());
  const returned = await Promise.all(
    [browser.open(callback), browser.open(callback)].map(async (r) => redirectOf(await r)),
  );
  const outcomes = returned.map((url) => url.searchParams.get("error") ?? "code").toSorted();
  assert.deepEqual(outcomes, ["code", "code_rejected"]);
});

Deno.test("attack: a replayed grant code opens nothing", async () => {
  await using relatch = await createTestRelatch(postgres);
  const attempt = createAttempt();
  const code = (await authorize(relatch.createBrowser(), attempt)).searchParams.get("code");
  const body = { code, codeVerifier: attempt.codeVerifier };
  assert.equal((await postSession(relatch.app, body)).status, 201);
  const replayed = await postSession(relatch.app, body);
  assert.equal(replayed.status, 400);
  assert.equal((await replayed.json()).error.code, "invalid_grant");
});

Deno.test("attack: ten callers with one grant code get one session", async () => {
  await using relatch = await createTestRelatch(postgres);
  const attempt = createAttempt();
  const code = (await authorize(relatch.createBrowser(), attempt)).searchParams.get("code");
  const body = { code, codeVerifier: attempt.codeVerifier };
  const responses = await Promise.all(Array.from({ length: 10 }, () => postSession(relatch.app, body)));
  assert.deepEqual(responses.map(({ status }) => status).toSorted(), [201, ...Array(9).fill(400)]);
});

Deno.test("attack: a wrong verifier is refused and spends the grant code", async () => {
  await using relatch = await createTestRelatch(postgres);
  const attempt = createAttempt();
  const code = (await authorize(relatch.createBrowser(), attempt)).searchParams.get("code");
  assert.equal(
    (await postSession(relatch.app, { code, codeVerifier: createAttempt().codeVerifier })).status,
    400,
  );
  assert.equal((await postSession(relatch.app, { code, codeVerifier: attempt.codeVerifier })).status, 400);
});

Deno.test("attack: an expired grant code opens nothing", async () => {
  await using relatch = await createTestRelatch(postgres);
  const attempt = createAttempt();
  const code = (await authorize(relatch.createBrowser(), attempt)).searchParams.get("code");
  await relatch.database`UPDATE grant_codes SET expires_at = now() - interval '1 second'`;
  assert.equal((await postSession(relatch.app, { code, codeVerifier: attempt.codeVerifier })).status, 400);
});

Deno.test("attack: a redirect that is not on the list gets a page and no redirect", async () => {
  await using relatch = await createTestRelatch(postgres);
  const others = [
    "https://attacker.example/",
    REDIRECT_URL.slice(0, -1),
    `${REDIRECT_URL}?a=b`,
    `${REDIRECT_URL}extra`,
    REDIRECT_URL.replace("https:", "http:"),
    REDIRECT_URL.toUpperCase(),
    "javascript:alert(1)",
    undefined,
  ];
  for (const redirectUri of others) {
    const response = await relatch.app.request(createAttempt({ redirect_uri: redirectUri }).connectUrl);
    assert.equal(response.status, 200, String(redirectUri));
    assert.equal(response.headers.get("location"), null);
    assert.equal(response.headers.get("set-cookie"), null);
    assert.equal(await outcomeOf(response), "redirect_not_allowed");
  }
  const { connectUrl } = createAttempt();
  connectUrl.searchParams.append("redirect_uri", "https://attacker.example/");
  assert.equal(await outcomeOf(await relatch.app.request(connectUrl)), "redirect_not_allowed");
});

Deno.test("attack: a session asking for a location it was not granted sees what an unknown location shows", async () => {
  await using relatch = await createTestRelatch(postgres);
  const mine = await connect(relatch);
  await connect(relatch, { locationId: OTHER_LOCATION_ID });
  const foreign = await readStatus(relatch.app, mine.token, OTHER_LOCATION_ID);
  const unknown = await readStatus(relatch.app, mine.token, "AAAAAAAAAAAAAAAAAAAA");
  assert.equal(foreign.state, "not_connected");
  assert.deepEqual({ ...foreign, locationId: "" }, { ...unknown, locationId: "" });
});

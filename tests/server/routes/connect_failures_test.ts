import assert from "node:assert/strict";
import { CALLS_PER_MINUTE } from "../../../server/http/rate_limit.ts";
import { DEFAULT_CLIENT_ID } from "../../simulator/default_settings.ts";
import { outcomeOf, redirectOf } from "../../support/test_browser.ts";
import { testPostgresForFile } from "../../support/test_postgres.ts";
import {
  chooseLocation,
  createAttempt,
  createTestRelatch,
  postSession,
  REDIRECT_URL,
  type TestRelatch,
} from "../../support/test_relatch.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const postgres = testPostgresForFile();

/** The callback's answer to the extension when HighLevel sends the browser back with `changes`. */
async function returnWith(relatch: TestRelatch, changes: (callback: URL) => void): Promise<URL> {
  const browser = relatch.createBrowser();
  const attempt = createAttempt();
  const callback = await chooseLocation(browser, attempt);
  changes(callback);
  const returned = await redirectOf(await browser.open(callback));
  assert.equal(returned.origin + returned.pathname, REDIRECT_URL);
  assert.equal(returned.searchParams.get("state"), attempt.state);
  assert.equal(returned.searchParams.get("code"), null);
  return returned;
}

Deno.test("a denied consent goes back to the extension as access_denied", async () => {
  await using relatch = await createTestRelatch(postgres);
  relatch.simulator.switches.cancel = "redirects";
  const browser = relatch.createBrowser();
  const page = await redirectOf(await browser.open(createAttempt().connectUrl));
  const callback = await redirectOf(await browser.submit(page, { decision: "cancel" }));
  const returned = await redirectOf(await browser.open(callback));
  assert.equal(returned.searchParams.get("error"), "access_denied");
});

Deno.test("another authorization error than a denial is told apart", async () => {
  await using relatch = await createTestRelatch(postgres);
  const errors = [["temporarily_unavailable", "highlevel_unavailable"], [
    "invalid_scope",
    "operator_action_required",
  ]];
  for (const [error = "", expected] of errors) {
    const returned = await returnWith(relatch, (url) => {
      url.searchParams.delete("code");
      url.searchParams.set("error", error);
    });
    assert.equal(returned.searchParams.get("error"), expected);
  }
});

Deno.test("an attempt of more than ten minutes goes back as attempt_expired, and its code is not spent", async () => {
  let late = 0;
  await using relatch = await createTestRelatch(postgres, { dependencies: { now: () => Date.now() + late } });
  const returned = await returnWith(relatch, () => late = 601_000);
  assert.equal(returned.searchParams.get("error"), "attempt_expired");
  assert.equal(relatch.simulator.ledger.calls().length, 0);
});

Deno.test("a used or unknown code goes back as code_rejected", async () => {
  await using relatch = await createTestRelatch(postgres);
  const codes = ["0".repeat(40), "", "<script>", "x".repeat(5000)];
  for (const code of codes) {
    const returned = await returnWith(relatch, (url) => url.searchParams.set("code", code));
    assert.equal(returned.searchParams.get("error"), "code_rejected", code);
  }
  const returned = await returnWith(relatch, (url) => url.searchParams.delete("code"));
  assert.equal(returned.searchParams.get("error"), "code_rejected");
});

Deno.test("a wrong client secret goes back as operator_action_required", async () => {
  const settings = { HIGHLEVEL_CLIENT_SECRET: "11111111-2222-3333-4444-555555555555" };
  await using relatch = await createTestRelatch(postgres, { settings });
  const returned = await returnWith(relatch, () => {});
  assert.equal(returned.searchParams.get("error"), "operator_action_required");
});

for (const kind of ["rate_limited", "bad_gateway_html", "server_error_json", "damaged_json"] as const) {
  Deno.test(`HighLevel failing with ${kind} goes back as highlevel_unavailable`, async () => {
    await using relatch = await createTestRelatch(postgres);
    relatch.simulator.faults.next({ route: "token", kind });
    const returned = await returnWith(relatch, () => {});
    assert.equal(returned.searchParams.get("error"), "highlevel_unavailable");
  });
}

Deno.test("HighLevel out of reach goes back as highlevel_unavailable", async () => {
  await using relatch = await createTestRelatch(postgres, {
    dependencies: { fetch: () => Promise.reject(new TypeError("error sending request")) },
  });
  const returned = await returnWith(relatch, () => {});
  assert.equal(returned.searchParams.get("error"), "highlevel_unavailable");
});

Deno.test("a location that is not active goes back as location_inactive", async () => {
  await using relatch = await createTestRelatch(postgres, {
    dependencies: {
      fetch: () =>
        Promise.resolve(
          Response.json({ statusCode: 400, message: "Location is not active" }, { status: 400 }),
        ),
    },
  });
  const returned = await returnWith(relatch, () => {});
  assert.equal(returned.searchParams.get("error"), "location_inactive");
});

Deno.test("a database that is away goes back as server_error, and the code is not spent", async () => {
  await using relatch = await createTestRelatch(postgres);
  const browser = relatch.createBrowser();
  const callback = await chooseLocation(browser, createAttempt());
  await relatch.database.end({ timeout: 0 });
  const returned = await redirectOf(await browser.open(callback));
  assert.equal(returned.searchParams.get("error"), "server_error");
  assert.equal(relatch.simulator.ledger.calls().length, 0);
});

Deno.test("a failed store after the exchange goes back as server_error and leaves no half a row", async () => {
  await using relatch = await createTestRelatch(postgres);
  await relatch.database`ALTER TABLE grant_codes RENAME TO grant_codes_away`;
  const returned = await returnWith(relatch, () => {});
  assert.equal(returned.searchParams.get("error"), "server_error");
  const [row] = await relatch.database`SELECT count(*) FROM connections`;
  assert.equal(row?.count, "0");
});

Deno.test("/connect with parameters that do not fit goes back to a known extension as invalid_request", async () => {
  await using relatch = await createTestRelatch(postgres);
  const mistakes = [
    { code_challenge_method: "plain" },
    { code_challenge_method: undefined },
    { code_challenge: undefined },
    { code_challenge: "short" },
    { state: undefined },
    { state: "a b c d e f g h" },
    { location_id: "../admin" },
  ];
  for (const changes of mistakes) {
    const returned = await redirectOf(await relatch.app.request(createAttempt(changes).connectUrl));
    assert.equal(returned.searchParams.get("error"), "invalid_request", JSON.stringify(changes));
  }
});

Deno.test("/connect passes the state, the app and its scopes to HighLevel, and none of the extension's values", async () => {
  await using relatch = await createTestRelatch(postgres);
  const attempt = createAttempt({ location_id: "ve9EPM428h8vShlRW1KT" });
  const page = await redirectOf(await relatch.app.request(attempt.connectUrl));
  assert.equal(page.searchParams.get("client_id"), DEFAULT_CLIENT_ID);
  assert.match(page.searchParams.get("state") ?? "", /^[\w-]{43}$/);
  assert.ok(!page.href.includes(attempt.state));
  assert.ok(!page.href.includes(attempt.connectUrl.searchParams.get("code_challenge") ?? ""));
});

Deno.test("window routes answer 302 or 200 whatever they are sent, and the page forgets its address", async () => {
  await using relatch = await createTestRelatch(postgres);
  const requests = [
    new Request("http://localhost:8787/connect", { method: "POST" }),
    new Request("http://localhost:8787/oauth/callback", { method: "DELETE" }),
    new Request("http://localhost:8787/oauth/callback?state=%E0%A4%A&code=%"),
    new Request("http://localhost:8787/oauth/callback?state=&code="),
    new Request("http://localhost:8787/connect", { headers: { "x-large": "x".repeat(20_000) } }),
  ];
  for (const request of requests) {
    const response = await relatch.app.request(request);
    assert.equal(response.status, 200, request.url);
    assert.match(response.headers.get("content-security-policy") ?? "", /default-src 'none'/);
    assert.match(response.headers.get("referrer-policy") ?? "", /no-referrer/);
    assert.equal(response.headers.get("cache-control"), "no-store");
    assert.match(await response.text(), /history\.replaceState/);
  }
});

Deno.test("the window routes are limited to some calls a minute, each with its own way to say so", async () => {
  await using relatch = await createTestRelatch(postgres);
  const { connectUrl } = createAttempt();
  for (let call = 0; call < CALLS_PER_MINUTE; call++) await relatch.app.request(connectUrl);
  const limited = await redirectOf(await relatch.app.request(connectUrl));
  assert.equal(limited.searchParams.get("error"), "rate_limited");
  const stranger = createAttempt({ redirect_uri: "https://attacker.example/" });
  assert.equal(await outcomeOf(await relatch.app.request(stranger.connectUrl)), "rate_limited");
});

Deno.test("POST /api/sessions is limited to some calls a minute and says when to come back", async () => {
  await using relatch = await createTestRelatch(postgres);
  for (let call = 0; call < CALLS_PER_MINUTE; call++) {
    assert.equal((await postSession(relatch.app, {})).status, 400);
  }
  const limited = await postSession(relatch.app, {});
  assert.equal(limited.status, 429);
  const seconds = Number(limited.headers.get("retry-after"));
  assert.ok(seconds >= 1 && seconds <= 60);
  assert.equal((await limited.json()).error.code, "rate_limited");
});

Deno.test("/connect refuses a parameter that is there twice", async () => {
  await using relatch = await createTestRelatch(postgres);
  for (const name of ["state", "code_challenge", "code_challenge_method", "location_id"]) {
    const { connectUrl } = createAttempt({ location_id: "ve9EPM428h8vShlRW1KT" });
    connectUrl.searchParams.append(name, connectUrl.searchParams.get(name) ?? "");
    const returned = await redirectOf(await relatch.app.request(connectUrl));
    assert.equal(returned.searchParams.get("error"), "invalid_request", name);
  }
});

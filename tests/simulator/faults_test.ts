import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { createStillSimulator, install, presentRefreshToken, readAnswer, rotate } from "./token_client.ts";

Deno.test.sanitizer({ ops: true, resources: true });

Deno.test("faults strike as often as ordered, in the order they were given", async () => {
  const simulator = createStillSimulator();
  const { refresh_token } = await install(simulator);
  simulator.faults.next({ route: "token", kind: "bad_gateway_html", times: 2 });
  simulator.faults.next({ route: "token", kind: "server_error_json" });
  const statuses = [];
  for (let calls = 0; calls < 4; calls += 1) {
    statuses.push((await presentRefreshToken(simulator, refresh_token)).status);
  }
  assert.deepEqual(statuses, [502, 502, 500, 200]);
});

Deno.test("faults strike only the grant type and resource they were ordered for", async () => {
  const simulator = createStillSimulator();
  const [first, second] = simulator.settings.locations;
  assert.ok(first && second);
  const grantType = "refresh_token";
  simulator.faults.next({ route: "token", kind: "bad_gateway_html", grantType, resourceId: second.id });
  const ofFirst = await install(simulator, { locationIds: [first.id] });
  const ofSecond = await install(simulator, { locationIds: [second.id] });
  await rotate(simulator, ofFirst.refresh_token);
  assert.equal((await presentRefreshToken(simulator, ofSecond.refresh_token)).status, 502);
  assert.deepEqual(simulator.faults.pending(), []);
});

Deno.test("faults.next() refuses an order that makes no sense", () => {
  const { faults } = createStillSimulator();
  assert.throws(() => faults.next({ route: "token", kind: "slow", times: 0 }));
  assert.throws(() => faults.next({ route: "token", kind: "slow", delayMs: -1 }));
});

Deno.test("a lost answer rotates, and reading it fails", async () => {
  const simulator = createStillSimulator();
  const { refresh_token } = await install(simulator);
  simulator.faults.next({ route: "token", kind: "lost_answer" });
  await assert.rejects((await presentRefreshToken(simulator, refresh_token)).json(), TypeError);
  const head = simulator.ledger.headOf("ve9EPM428h8vShlRW1KT");
  assert.equal((await rotate(simulator, refresh_token)).refresh_token, head);
});

for (const kind of ["rate_limited", "bad_gateway_html", "server_error_json"] as const) {
  Deno.test(`a ${kind} fault leaves the refresh token unused`, async () => {
    const simulator = createStillSimulator();
    const { refresh_token } = await install(simulator);
    simulator.faults.next({ route: "token", kind });
    await presentRefreshToken(simulator, refresh_token);
    assert.equal(simulator.ledger.refreshTokenState(refresh_token), "unused");
  });

  Deno.test(`a ${kind} fault can be ordered to strike after the rotation`, async () => {
    const simulator = createStillSimulator();
    const { refresh_token } = await install(simulator);
    simulator.faults.next({ route: "token", kind, performed: true });
    await presentRefreshToken(simulator, refresh_token);
    assert.equal(simulator.ledger.refreshTokenState(refresh_token), "inside_window");
  });
}

Deno.test("a rate_limited fault carries the five rate-limit headers, and Retry-After when ordered", async () => {
  const simulator = createStillSimulator();
  simulator.faults.next({ route: "token", kind: "rate_limited", retryAfterSeconds: 7 });
  const response = await presentRefreshToken(simulator, "a.b.c");
  const names = [
    "X-RateLimit-Limit-Daily",
    "X-RateLimit-Daily-Remaining",
    "X-RateLimit-Interval-Milliseconds",
    "X-RateLimit-Max",
    "X-RateLimit-Remaining",
    "Retry-After",
  ];
  const values = names.map((name) => response.headers.get(name));
  assert.deepEqual(values, ["200000", "150000", "10000", "100", "0", "7"]);
  assert.equal(response.status, 429);
});

Deno.test("a bad_gateway_html fault answers with a gateway's page", async () => {
  const simulator = createStillSimulator();
  simulator.faults.next({ route: "token", kind: "bad_gateway_html" });
  const response = await presentRefreshToken(simulator, "a.b.c");
  assert.equal(response.headers.get("Content-Type"), "text/html");
  assert.match(await response.text(), /<h1>502 Bad Gateway<\/h1>/);
});

Deno.test("a damaged_json fault rotates and answers with JSON that does not parse", async () => {
  const simulator = createStillSimulator();
  const { refresh_token } = await install(simulator);
  simulator.faults.next({ route: "token", kind: "damaged_json" });
  const response = await presentRefreshToken(simulator, refresh_token);
  assert.equal(response.status, 200);
  await assert.rejects(response.json(), SyntaxError);
  assert.equal(simulator.ledger.refreshTokenState(refresh_token), "inside_window");
});

Deno.test("a wrong_content_type fault answers whole, labelled as HTML", async () => {
  const simulator = createStillSimulator();
  const { refresh_token } = await install(simulator);
  simulator.faults.next({ route: "token", kind: "wrong_content_type" });
  const response = await presentRefreshToken(simulator, refresh_token);
  assert.match(response.headers.get("Content-Type") ?? "", /^text\/html/);
  const { refresh_token: next } = await response.json();
  assert.equal(next, simulator.ledger.headOf("ve9EPM428h8vShlRW1KT"));
});

Deno.test("a revoke_family fault kills the install's tokens for good", async () => {
  const simulator = createStillSimulator();
  const { refresh_token } = await install(simulator);
  simulator.faults.next({ route: "token", kind: "revoke_family" });
  const dead = { status: 400, body: { statusCode: 400, message: "Invalid grant: refresh token is invalid" } };
  for (let calls = 0; calls < 2; calls += 1) {
    assert.deepEqual(await readAnswer(await presentRefreshToken(simulator, refresh_token)), dead);
  }
});

Deno.test("a slow answer is held after the rotation until it is released", async () => {
  const simulator = createStillSimulator();
  const { refresh_token } = await install(simulator);
  simulator.faults.next({ route: "token", kind: "slow", delayMs: 3_600_000 });
  const pending = rotate(simulator, refresh_token);
  while (simulator.faults.held() === 0) await setImmediate();
  assert.equal(simulator.ledger.refreshTokenState(refresh_token), "inside_window");
  simulator.faults.release();
  assert.equal((await pending).refresh_token, simulator.ledger.headOf("ve9EPM428h8vShlRW1KT"));
});

Deno.test("a timeout does nothing and ends in a gateway's page", async () => {
  const simulator = createStillSimulator();
  const { refresh_token } = await install(simulator);
  simulator.faults.next({ route: "token", kind: "timeout", delayMs: 1 });
  assert.equal((await presentRefreshToken(simulator, refresh_token)).status, 504);
  assert.equal(simulator.ledger.refreshTokenState(refresh_token), "unused");
});

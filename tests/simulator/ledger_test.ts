import assert from "node:assert/strict";
import { createStillSimulator, install, presentRefreshToken, rotate } from "./token_client.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const LOCATION = "ve9EPM428h8vShlRW1KT";

Deno.test("ledger reports a refresh token that was presented after its window, and none before", async () => {
  const simulator = createStillSimulator();
  const { refresh_token } = await install(simulator);
  await rotate(simulator, refresh_token);
  simulator.clock.advance(30_000);
  await rotate(simulator, refresh_token);
  assert.deepEqual(simulator.ledger.refreshTokensPresentedOutsideWindow(), []);
  simulator.clock.advance(1);
  await presentRefreshToken(simulator, refresh_token);
  const [found, ...others] = simulator.ledger.refreshTokensPresentedOutsideWindow();
  assert.equal(found?.credential, refresh_token);
  assert.equal(found?.resourceId, LOCATION);
  assert.deepEqual(others, []);
});

Deno.test("ledger reports a rotation whose answer was lost once the window has passed", async () => {
  const simulator = createStillSimulator();
  const { refresh_token } = await install(simulator);
  simulator.faults.next({ route: "token", kind: "lost_answer" });
  await assert.rejects((await presentRefreshToken(simulator, refresh_token)).text());
  const rotatedAt = simulator.clock.now();
  simulator.clock.advance(30_000);
  assert.deepEqual(simulator.ledger.lostRotations(), []);
  simulator.clock.advance(1);
  const [lost, ...others] = simulator.ledger.lostRotations();
  assert.equal(lost?.resourceId, LOCATION);
  assert.equal(lost?.rotatedAt, rotatedAt);
  assert.deepEqual(others, []);
});

Deno.test("ledger reports no lost rotation when the same token was presented again in time", async () => {
  const simulator = createStillSimulator();
  const { refresh_token } = await install(simulator);
  simulator.faults.next({ route: "token", kind: "lost_answer" });
  await assert.rejects((await presentRefreshToken(simulator, refresh_token)).text());
  simulator.clock.advance(29_000);
  await rotate(simulator, refresh_token);
  simulator.clock.advance(60_000);
  assert.deepEqual(simulator.ledger.lostRotations(), []);
});

Deno.test("ledger forgets lost rotations of a location that is installed no more", async () => {
  const simulator = createStillSimulator();
  const { refresh_token } = await install(simulator);
  simulator.faults.next({ route: "token", kind: "damaged_json" });
  await presentRefreshToken(simulator, refresh_token);
  simulator.clock.advance(31_000);
  assert.equal(simulator.ledger.lostRotations().length, 1);
  simulator.endInstalls({ resourceId: LOCATION, reason: "uninstalled" });
  assert.deepEqual(simulator.ledger.lostRotations(), []);
});

Deno.test("ledger says what stands between a refresh token and its next use", async () => {
  const simulator = createStillSimulator();
  const { refresh_token } = await install(simulator);
  const state = () => simulator.ledger.refreshTokenState(refresh_token);
  const [location] = simulator.settings.locations;
  assert.ok(location);
  assert.equal(simulator.ledger.refreshTokenState("never issued"), "unknown");
  assert.equal(state(), "unused");
  location.active = false;
  assert.equal(state(), "not_active");
  assert.equal(simulator.ledger.refreshableNow(refresh_token), false);
  location.active = true;
  await rotate(simulator, refresh_token);
  assert.equal(state(), "inside_window");
  assert.equal(simulator.ledger.refreshableNow(refresh_token), true);
  simulator.clock.advance(30_001);
  assert.equal(state(), "used");
  simulator.endInstalls({ resourceId: LOCATION, reason: "revoked" });
  assert.equal(state(), "revoked");
});

Deno.test("ledger knows the newest refresh token of a location and of a company", async () => {
  const simulator = createStillSimulator();
  assert.equal(simulator.ledger.headOf(LOCATION), null);
  const ofLocation = await install(simulator);
  const ofCompany = await install(simulator, { installer: "agency" });
  assert.equal(simulator.ledger.headOf(LOCATION), ofLocation.refresh_token);
  assert.equal(simulator.ledger.headOf("Kx4vQ9tZpW2mB7nLdR1s"), ofCompany.refresh_token);
  const rotated = await rotate(simulator, ofLocation.refresh_token);
  assert.equal(simulator.ledger.headOf(LOCATION), rotated.refresh_token);
});

Deno.test("ledger counts calls by grant type and by what they came to", async () => {
  const simulator = createStillSimulator();
  const { refresh_token } = await install(simulator);
  await rotate(simulator, refresh_token);
  await rotate(simulator, refresh_token);
  await presentRefreshToken(simulator, "a.b.c");
  simulator.faults.next({ route: "token", kind: "rate_limited" });
  await presentRefreshToken(simulator, refresh_token);
  await simulator.app.request("/oauth/token", { method: "POST" });
  assert.deepEqual(simulator.ledger.callCounts(), {
    authorization_code: { issued: 1 },
    refresh_token: { rotated: 1, same_again: 1, invalid_grant: 1, not_performed: 1 },
    none: { bad_parameters: 1 },
  });
});

Deno.test("ledger lists every secret that was ever issued", async () => {
  const simulator = createStillSimulator();
  const code = simulator.issueCode();
  const first = await install(simulator);
  const second = await rotate(simulator, first.refresh_token);
  const secrets = new Set(simulator.ledger.secretsIssued());
  const expected = [
    code,
    ...[first, second].flatMap((tokens) => [tokens.access_token, tokens.refresh_token]),
  ];
  assert.deepEqual(expected.filter((secret) => !secrets.has(secret)), []);
  assert.ok(secrets.has("5f0e7a52-3c7b-4b1e-9d64-2a8f61c0b7d3"));
  assert.equal(secrets.size, 1 + 2 + 4);
});

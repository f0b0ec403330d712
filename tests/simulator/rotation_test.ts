import assert from "node:assert/strict";
import {
  createStillSimulator,
  install,
  postToken,
  presentRefreshToken,
  readAnswer,
  rotate,
} from "./token_client.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const INVALID_GRANT = {
  status: 400,
  body: { statusCode: 400, message: "Invalid grant: refresh token is invalid" },
};

Deno.test("rotation gives a new refresh token and a new access token", async () => {
  const simulator = createStillSimulator();
  const first = await install(simulator);
  const second = await rotate(simulator, first.refresh_token);
  const third = await rotate(simulator, second.refresh_token);
  assert.equal(new Set([first, second, third].map((tokens) => tokens.refresh_token)).size, 3);
  assert.equal(new Set([first, second, third].map((tokens) => tokens.access_token)).size, 3);
});

Deno.test("rotation answers a used refresh token with the same successor for 30 seconds", async () => {
  const simulator = createStillSimulator();
  const { refresh_token } = await install(simulator);
  const rotated = await rotate(simulator, refresh_token);
  simulator.clock.advance(29_900);
  const again = await rotate(simulator, refresh_token);
  assert.equal(again.refresh_token, rotated.refresh_token);
  assert.equal(again.access_token, rotated.access_token);
});

Deno.test("rotation refuses a used refresh token after 30 seconds, counted from its first use", async () => {
  const simulator = createStillSimulator();
  const { refresh_token } = await install(simulator);
  const rotated = await rotate(simulator, refresh_token);
  simulator.clock.advance(20_000);
  await rotate(simulator, refresh_token);
  simulator.clock.advance(10_100);
  assert.deepEqual(await readAnswer(await presentRefreshToken(simulator, refresh_token)), INVALID_GRANT);
  await rotate(simulator, rotated.refresh_token);
});

Deno.test("rotation can count the window from the last use", async () => {
  const simulator = createStillSimulator({ switches: { rotationWindowStart: "last_use" } });
  const { refresh_token } = await install(simulator);
  const rotated = await rotate(simulator, refresh_token);
  simulator.clock.advance(20_000);
  await rotate(simulator, refresh_token);
  simulator.clock.advance(20_000);
  assert.equal((await rotate(simulator, refresh_token)).refresh_token, rotated.refresh_token);
});

Deno.test("rotation can give repeated calls inside the window fresh access tokens", async () => {
  const simulator = createStillSimulator({ switches: { accessTokenInsideWindow: "fresh" } });
  const { refresh_token } = await install(simulator);
  const rotated = await rotate(simulator, refresh_token);
  const again = await rotate(simulator, refresh_token);
  assert.equal(again.refresh_token, rotated.refresh_token);
  assert.notEqual(again.access_token, rotated.access_token);
});

Deno.test("rotation serves concurrent calls with one successor", async () => {
  const simulator = createStillSimulator();
  const { refresh_token } = await install(simulator);
  const answers = await Promise.all(Array.from({ length: 5 }, () => rotate(simulator, refresh_token)));
  assert.equal(new Set(answers.map((tokens) => tokens.refresh_token)).size, 1);
  assert.deepEqual(simulator.ledger.callCounts().refresh_token, { rotated: 1, same_again: 4 });
});

Deno.test("rotation keeps the family alive after a replay outside the window", async () => {
  const simulator = createStillSimulator();
  const { refresh_token } = await install(simulator);
  const rotated = await rotate(simulator, refresh_token);
  simulator.clock.advance(31_000);
  await presentRefreshToken(simulator, refresh_token);
  await rotate(simulator, rotated.refresh_token);
});

Deno.test("rotation can revoke the family on a replay outside the window", async () => {
  const simulator = createStillSimulator({ switches: { replayOutsideWindow: "revokes_family" } });
  const { refresh_token } = await install(simulator);
  const rotated = await rotate(simulator, refresh_token);
  simulator.clock.advance(31_000);
  await presentRefreshToken(simulator, refresh_token);
  const answer = await readAnswer(await presentRefreshToken(simulator, rotated.refresh_token));
  assert.deepEqual(answer, INVALID_GRANT);
});

Deno.test("a refresh token lives for 8760 hours", async () => {
  const simulator = createStillSimulator();
  const { refresh_token } = await install(simulator);
  simulator.clock.advance(8760 * 3600 * 1000 - 1);
  assert.equal(simulator.ledger.refreshableNow(refresh_token), true);
  simulator.clock.advance(1);
  assert.deepEqual(await readAnswer(await presentRefreshToken(simulator, refresh_token)), INVALID_GRANT);
});

Deno.test("a paused location refuses its refresh token and takes it again once it is active", async () => {
  const simulator = createStillSimulator();
  const { refresh_token } = await install(simulator);
  for (const resource of [simulator.settings.locations[0], simulator.settings.companies[0]]) {
    assert.ok(resource);
    resource.active = false;
    assert.deepEqual(await readAnswer(await presentRefreshToken(simulator, refresh_token)), {
      status: 400,
      body: { statusCode: 400, message: "Location is not active" },
    });
    resource.active = true;
  }
  await rotate(simulator, refresh_token);
});

Deno.test("a second install leaves the refresh token of the first alive", async () => {
  const simulator = createStillSimulator();
  const first = await install(simulator);
  const second = await install(simulator);
  await rotate(simulator, first.refresh_token);
  await rotate(simulator, second.refresh_token);
});

Deno.test("a second install can end the first", async () => {
  const simulator = createStillSimulator({ switches: { secondInstall: "ends_older" } });
  const first = await install(simulator);
  const second = await install(simulator);
  assert.deepEqual(
    await readAnswer(await presentRefreshToken(simulator, first.refresh_token)),
    INVALID_GRANT,
  );
  await rotate(simulator, second.refresh_token);
});

Deno.test("a refresh with another user_type is refused and leaves the token unused", async () => {
  const simulator = createStillSimulator();
  const { refresh_token } = await install(simulator);
  const fields = { grant_type: "refresh_token", refresh_token, user_type: "Company" };
  assert.equal((await postToken(simulator, fields)).status, 422);
  assert.equal(simulator.ledger.refreshTokenState(refresh_token), "unused");
  simulator.switches.userTypeMismatch = "invalid_grant";
  assert.deepEqual(await readAnswer(await postToken(simulator, fields)), INVALID_GRANT);
  simulator.switches.userTypeMismatch = "ignored";
  assert.equal((await postToken(simulator, fields)).status, 200);
});

Deno.test("a Company token rotates like a Location token", async () => {
  const simulator = createStillSimulator();
  const first = await install(simulator, { installer: "agency" });
  const second = await rotate(simulator, first.refresh_token);
  assert.equal(second.userType, "Company");
  assert.equal("locationId" in second, false);
});

import assert from "node:assert/strict";
import type { RotationStep } from "../../../server/rotation/steps.ts";
import {
  createSecondProcess,
  expireTokens,
  historyOf,
  installLocation,
  makeDue,
  passTime,
  refreshCalls,
  viewRow,
} from "../../support/rotation_stage.ts";
import { testPostgresForFile } from "../../support/test_postgres.ts";
import { createTestRelatch } from "../../support/test_relatch.ts";

Deno.test.sanitizer({ ops: true, resources: true });
const postgres = testPostgresForFile();

Deno.test("liveToken() gives the stored token as long as enough of it is left", async () => {
  await using relatch = await createTestRelatch(postgres);
  const { id, locationId } = await installLocation(relatch);
  const { rotator } = relatch.rotation;
  await passTime(relatch, 50_000);
  const live = await rotator.liveToken(id, 36_000);
  assert.ok(live.ok);
  assert.equal(live.value.locationId, locationId);
  assert.ok(relatch.simulator.ledger.secretsIssued().includes(live.value.accessToken));
  assert.equal(refreshCalls(relatch), 0);
  const renewed = await rotator.liveToken(id, 37_000);
  assert.ok(renewed.ok && renewed.value.accessToken !== live.value.accessToken);
  assert.equal(refreshCalls(relatch), 1);
});

Deno.test("a thousand callers of an expired token in four processes cause one POST and all get the new token", async () => {
  await using relatch = await createTestRelatch(postgres);
  const { id } = await installLocation(relatch);
  const others = [1, 2, 3].map(() => createSecondProcess(relatch));
  const rotators = [relatch.rotation, ...others].map(({ rotator }) => rotator);
  await passTime(relatch, 90_000);
  const answers = await Promise.all(
    Array.from({ length: 1000 }, (_, index) => rotators[index % 4]?.liveToken(id, 60)),
  );
  const tokens = new Set(answers.map((answer) => answer?.ok ? answer.value.accessToken : "none"));
  assert.equal(tokens.size, 1);
  assert.ok(!tokens.has("none"));
  assert.equal(refreshCalls(relatch), 1);
  for (const other of others) await other.stop();
});

Deno.test("callers and the scheduler together cause one POST", async () => {
  await using relatch = await createTestRelatch(postgres);
  const { id } = await installLocation(relatch);
  await passTime(relatch, 90_000);
  const [, ...answers] = await Promise.all([
    relatch.rotation.scheduler.look(),
    ...Array.from({ length: 20 }, () => relatch.rotation.rotator.liveToken(id, 60)),
  ]);
  assert.ok(answers.every((answer) => typeof answer === "object" && answer.ok));
  assert.equal(refreshCalls(relatch), 1);
});

Deno.test("a caller waits for a crashed process's lease and then refreshes in the same window", async () => {
  await using relatch = await createTestRelatch(postgres);
  const { id } = await installLocation(relatch);
  await passTime(relatch, 90_000);
  await relatch.database`
    UPDATE connections SET lease_id = gen_random_uuid(), lease_expires_at = now() + interval '700 ms',
      next_refresh_at = now() + interval '700 ms', rotation_started_at = now() - interval '9 seconds'`;
  const live = await relatch.rotation.rotator.liveToken(id, 60);
  assert.ok(live.ok);
  assert.equal(refreshCalls(relatch), 1);
});

Deno.test("a caller gives up with a time to come back when nothing can be had", async () => {
  await using relatch = await createTestRelatch(postgres);
  const { id } = await installLocation(relatch);
  await passTime(relatch, 90_000);
  relatch.simulator.faults.next({ route: "token", kind: "rate_limited", retryAfterSeconds: 60 });
  const { rotator } = relatch.rotation;
  for (let count = 0; count < 5; count++) {
    const refused = await rotator.liveToken(id, 60);
    assert.ok(!refused.ok && refused.failure.reason === "refresh_failing");
    assert.ok(refused.failure.retryAfterSeconds >= 55 && refused.failure.retryAfterSeconds <= 80);
  }
  assert.equal(refreshCalls(relatch), 1);
});

Deno.test("a caller gets a living token also while refreshing fails, the location is paused or has to be reconnected", async () => {
  await using relatch = await createTestRelatch(postgres);
  const { id } = await installLocation(relatch);
  for (const code of ["highlevel_unavailable", "location_inactive", "refresh_token_rejected"]) {
    await relatch.database`
      UPDATE connections SET problem_code = ${code}, problem_since = now(),
        next_refresh_at = CASE WHEN ${code} = 'refresh_token_rejected' THEN NULL ELSE now() + interval '1 hour' END`;
    assert.ok((await relatch.rotation.rotator.liveToken(id, 60)).ok);
  }
  await expireTokens(relatch.database, [id]);
  const reasons: string[] = [];
  for (
    const code of ["highlevel_unavailable", "location_inactive", "refresh_token_rejected", "install_revoked"]
  ) {
    await relatch.database`
      UPDATE connections SET problem_code = ${code}, problem_since = now(), next_refresh_at = now() + interval '1 hour'`;
    const refused = await relatch.rotation.rotator.liveToken(id, 60);
    reasons.push(refused.ok ? "none" : refused.failure.reason);
  }
  assert.deepEqual(reasons, [
    "refresh_failing",
    "location_paused",
    "reconnect_required",
    "reconnect_required",
  ]);
  assert.equal(refreshCalls(relatch), 0);
});

Deno.test("a caller learns that there is no connection any more", async () => {
  await using relatch = await createTestRelatch(postgres);
  const { id } = await installLocation(relatch);
  const { rotator } = relatch.rotation;
  const unknown = await rotator.liveToken(crypto.randomUUID(), 60);
  assert.ok(!unknown.ok && unknown.failure.reason === "not_connected");
  await relatch.database`UPDATE connections SET refresh_token = NULL, access_token = NULL`;
  const wiped = await rotator.liveToken(id, 60);
  assert.ok(!wiped.ok && wiped.failure.reason === "not_connected");
});

Deno.test("callers who ask for more life than HighLevel gives get half of it, and do not cause a POST each", async () => {
  await using relatch = await createTestRelatch(postgres, {
    dependencies: {
      fetch: async (input, init) => {
        const response = await relatch.simulator.app.fetch(new Request(input, init));
        return Response.json({ ...await response.json(), expires_in: 600 });
      },
    },
  });
  const { id } = await installLocation(relatch);
  const { rotator } = relatch.rotation;
  for (let count = 0; count < 20; count++) assert.ok((await rotator.liveToken(id, 3600)).ok);
  assert.equal(refreshCalls(relatch), 0);
  await passTime(relatch, 310);
  for (let count = 0; count < 20; count++) assert.ok((await rotator.liveToken(id, 3600)).ok);
  assert.equal(refreshCalls(relatch), 1);
});

Deno.test("refreshNow() refreshes a connection that is not due, and not again within five seconds", async () => {
  await using relatch = await createTestRelatch(postgres);
  const { id } = await installLocation(relatch);
  await passTime(relatch, 60);
  for (let count = 0; count < 3; count++) await relatch.rotation.rotator.refreshNow(id);
  assert.equal(refreshCalls(relatch), 1);
  assert.deepEqual(await historyOf(relatch.database, id), [
    "connected marketplace_install",
    "renewed request",
  ]);
  await passTime(relatch, 6);
  await relatch.rotation.rotator.refreshNow(id);
  assert.equal(refreshCalls(relatch), 2);
});

Deno.test("refreshNow() tries a paused location again at once", async () => {
  await using relatch = await createTestRelatch(postgres);
  const { id, locationId } = await installLocation(relatch);
  const location = relatch.simulator.settings.locations.find((candidate) => candidate.id === locationId);
  assert.ok(location);
  location.active = false;
  await makeDue(relatch.database, [id]);
  await passTime(relatch, 60);
  await relatch.rotation.rotator.refreshNow(id);
  assert.equal((await viewRow(relatch.database, id)).problemCode, "location_inactive");
  location.active = true;
  await passTime(relatch, 6);
  await relatch.rotation.rotator.refreshNow(id);
  assert.equal((await viewRow(relatch.database, id)).problemCode, null);
});

Deno.test("a rotation goes on when the caller who asked for it is gone", async () => {
  const claimed = Promise.withResolvers<void>();
  const reach = (step: RotationStep): void => {
    if (step === "claimed") claimed.resolve();
  };
  await using relatch = await createTestRelatch(postgres, { rotation: { reach } });
  const { id } = await installLocation(relatch);
  await passTime(relatch, 90_000);
  void relatch.rotation.rotator.liveToken(id, 60);
  await claimed.promise;
  await relatch.rotation.stop();
  assert.equal((await viewRow(relatch.database, id)).generation, "2");
});

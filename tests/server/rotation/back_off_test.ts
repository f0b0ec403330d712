import assert from "node:assert/strict";
import { refreshAfterSeconds } from "../../../server/connections/due_time.ts";
import { backOffSeconds } from "../../../server/rotation/back_off.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const DAY = 86_399;

Deno.test("refreshAfterSeconds() lies between 5/6 and 11/12 of the lifetime, and is the same each time", () => {
  for (let count = 0; count < 1000; count++) {
    const id = crypto.randomUUID();
    const seconds = refreshAfterSeconds(id, DAY);
    assert.ok(seconds >= DAY * 5 / 6 && seconds < DAY * 11 / 12);
    assert.equal(refreshAfterSeconds(id, DAY), seconds);
  }
});

Deno.test("refreshAfterSeconds() spreads connections evenly, so that no herd forms", () => {
  const tenths = Array.from({ length: 10 }, () => 0);
  for (let count = 0; count < 10_000; count++) {
    const share = (refreshAfterSeconds(crypto.randomUUID(), DAY) / DAY - 5 / 6) * 12;
    const tenth = Math.floor(share * 10);
    tenths[tenth] = (tenths[tenth] ?? 0) + 1;
  }
  assert.ok(tenths.every((count) => count > 800 && count < 1200), tenths.join(" "));
});

Deno.test("backOffSeconds() is anything from 1 s to a bound that doubles up to 15 minutes", () => {
  const bound = (failures: number) =>
    backOffSeconds({ reason: "failing", failures, atLeast: null }, () => 1 - Number.EPSILON);
  assert.deepEqual([0, 1, 2, 3, 4, 5, 6, 1000].map((failures) => Math.round(bound(failures))), [
    30,
    60,
    120,
    240,
    480,
    900,
    900,
    900,
  ]);
  assert.equal(backOffSeconds({ reason: "failing", failures: 5, atLeast: null }, () => 0), 1);
});

Deno.test("backOffSeconds() never comes before HighLevel allows it", () => {
  for (const random of [0, 0.5, 0.999]) {
    const seconds = backOffSeconds({ reason: "failing", failures: 0, atLeast: 120 }, () => random);
    assert.ok(seconds >= 120 && seconds <= 150);
  }
});

Deno.test("backOffSeconds() tries an inactive location within the hour, and a removed install within the day", () => {
  for (const random of [0, 0.5, 0.999]) {
    const paused = backOffSeconds({ reason: "paused", failures: 9, atLeast: null }, () => random);
    const revoked = backOffSeconds({ reason: "revoked", failures: 9, atLeast: null }, () => random);
    assert.ok(paused >= 1800 && paused <= 3600);
    assert.ok(revoked >= 43_200 && revoked <= 86_400);
  }
});

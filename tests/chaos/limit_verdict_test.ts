import assert from "node:assert/strict";
import type { ApiCall } from "./call_verdict.ts";
import { judgeLimits } from "./limit_verdict.ts";

const refusedAt = (at: number): ApiCall => ({
  at,
  operation: "installed_locations",
  resourceId: "Agency",
  about: null,
  status: 429,
  fault: null,
  delivered: true,
});

Deno.test("judgeLimits() finds somebody who goes on asking what HighLevel refuses", () => {
  const hammering = Array.from({ length: 15 }, (_, nth) => refusedAt(20_000 + nth));
  assert.match(judgeLimits(hammering, 1)[0]?.what ?? "", /refused 15 calls about "Agency"/);
  assert.deepEqual(judgeLimits(hammering, 2), []);
});

Deno.test("judgeLimits() allows what is refused now and then, and what was ordered as a fault", () => {
  assert.deepEqual(judgeLimits(Array.from({ length: 50 }, (_, nth) => refusedAt(nth * 10_000)), 1), []);
  const ordered = Array.from({ length: 50 }, (_, nth) => ({ ...refusedAt(nth), fault: "rate_limited" }));
  assert.deepEqual(judgeLimits(ordered, 1), []);
});

import { relativeTime } from "../../extension/src/relative_time.ts";
import assert from "node:assert/strict";

Deno.test("relativeTime() uses the largest unit that fits", () => {
  const cases: [number, string][] = [
    [0, "now"],
    [-59, "now"],
    [-60, "1 minute ago"],
    [29.5 * 60, "in 30 minutes"],
    [-59.4 * 60, "59 minutes ago"],
    [59.5 * 60, "in 1 hour"],
    [-3_599, "1 hour ago"],
    [-3_600, "1 hour ago"],
    [18 * 3_600 - 1, "in 18 hours"],
    [23.4 * 3_600, "in 23 hours"],
    [23.7 * 3_600, "tomorrow"],
    [-86_399, "yesterday"],
    [-86_400, "yesterday"],
    [86_400 * 3, "in 3 days"],
  ];
  for (const [seconds, text] of cases) {
    assert.equal(relativeTime(seconds * 1000, { now: 0, language: "en" }), text);
  }
});

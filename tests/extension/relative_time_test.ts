import { relativeTime } from "../../extension/src/relative_time.ts";
import assert from "node:assert/strict";

Deno.test("relativeTime() uses the largest unit that fits", () => {
  const cases: [number, string][] = [
    [0, "now"],
    [-59, "now"],
    [-60, "1 minute ago"],
    [-3_599, "60 minutes ago"],
    [-3_600, "1 hour ago"],
    [18 * 3_600 - 1, "in 18 hours"],
    [-86_400, "yesterday"],
    [86_400 * 3, "in 3 days"],
  ];
  for (const [seconds, text] of cases) {
    assert.equal(relativeTime(seconds * 1000, { now: 0, language: "en" }), text);
  }
});

import { duration } from "../../extension/src/duration.ts";
import assert from "node:assert/strict";

Deno.test("duration() rounds up, in the unit that a person would use", () => {
  const cases: [number, string][] = [
    [0, "0 seconds"],
    [1, "1 second"],
    [30, "30 seconds"],
    [99, "99 seconds"],
    [100, "2 minutes"],
    [121, "3 minutes"],
    [5_900, "99 minutes"],
    [6_000, "2 hours"],
    [7_201, "3 hours"],
  ];
  for (const [seconds, text] of cases) assert.equal(duration(seconds, "en"), text);
});

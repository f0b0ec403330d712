import assert from "node:assert/strict";
import { createSeededRandom } from "./seeded_random.ts";

function numbersOf(seed: string): number[] {
  const random = createSeededRandom(seed);
  return Array.from({ length: 1000 }, () => random.next());
}

Deno.test("createSeededRandom() gives the same numbers for the same seed, and others for another", () => {
  assert.deepEqual(numbersOf("a"), numbersOf("a"));
  assert.notDeepEqual(numbersOf("a"), numbersOf("b"));
});

Deno.test("createSeededRandom() spreads its numbers over [0, 1)", () => {
  const numbers = numbersOf("a");
  assert.ok(numbers.every((number) => number >= 0 && number < 1));
  const mean = numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
  assert.ok(mean > 0.45 && mean < 0.55);
});

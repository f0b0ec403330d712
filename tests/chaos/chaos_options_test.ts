import assert from "node:assert/strict";
import { CommanderError } from "commander";
import { chaosOptions, parseChaosOptions } from "./chaos_options.ts";

Deno.test("parseChaosOptions() takes what is given and derives the rest from the size of the run", () => {
  const options = parseChaosOptions(["--seed", "a", "--rotations", "10000", "--kills", "500"]);
  assert.deepEqual({ ...options }, { ...chaosOptions({ seed: "a", rotations: 10_000 }) });
  assert.ok(options.outages > 0 && options.restarts > options.outages);
});

Deno.test("parseChaosOptions() takes the dashes that a task passes on", () => {
  assert.equal(parseChaosOptions(["--", "--kills", "7"]).kills, 7);
});

Deno.test("parseChaosOptions() refuses what it does not know", () => {
  for (const args of [["--rotations", "many"], ["--speed", "1"], ["more"]]) {
    assert.throws(() => parseChaosOptions(args), CommanderError);
  }
});

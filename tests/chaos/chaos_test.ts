import assert from "node:assert/strict";
import { chaosOptions } from "./chaos_options.ts";
import { runChaos } from "./run_chaos.ts";

const KILLS = 15;

Deno.test("150 rotations and two agencies lose nothing while every step of rotations and upkeep kills its process", async () => {
  const lines: string[] = [];
  const outcome = await runChaos({
    options: chaosOptions({ rotations: 150, kills: KILLS, connections: 40, lifetimeSeconds: 5 }),
    print: (line) => lines.push(line),
    stopped: new AbortController().signal,
    writeLog: () => {},
  });
  const report = lines.join("\n");
  assert.deepEqual(outcome.violations, [], report);
  assert.deepEqual(outcome.missingSteps, [], report);
  assert.ok(outcome.kills >= KILLS && outcome.rotations >= 150, report);
  assert.ok(outcome.verdict !== undefined && outcome.verdict.installed >= 35, report);
  assert.equal(outcome.verdict.refreshable, outcome.verdict.installed, report);
});

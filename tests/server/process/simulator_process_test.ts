import assert from "node:assert/strict";
import { DEFAULT_REDIRECT_URI } from "../../simulator/default_settings.ts";
import { startSimulatorProcess } from "../../support/simulator_process.ts";

Deno.test.sanitizer({ ops: true, resources: true });

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  Deno.test(`the stand-alone simulator says where it listens and stops with 0 on ${signal}`, async () => {
    const simulator = await startSimulatorProcess([DEFAULT_REDIRECT_URI]);
    assert.match(simulator.lines[0] ?? "", /^Simulator listening on http:\/\/127\.0\.0\.1:\d+$/);
    assert.ok(simulator.lines.slice(1).every((line) => line.startsWith("  ")));
    const page = await fetch(`${simulator.url}/`);
    assert.equal(page.status, 200);
    await page.body?.cancel();
    assert.equal((await simulator.end(signal)).code, 0);
  });
}

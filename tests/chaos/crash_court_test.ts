import assert from "node:assert/strict";
import { createCrashCourt, type KillRequest } from "./crash_court.ts";
import type { Outage, Outages } from "./outages.ts";
import { createSeededRandom } from "./seeded_random.ts";
import { createTally } from "./tally.ts";

interface Moment {
  readonly oldestSeconds?: number;
  readonly outage?: Outage;
  readonly isLongNear?: boolean;
}

/** Whether a first kill is allowed at such a moment. */
async function mayKillAt(
  { oldestSeconds = 0, outage, isLongNear = false }: Moment,
  request: KillRequest = { kind: "stored", unsecured: 3 },
): Promise<boolean> {
  const outages: Outages = {
    current: () => outage,
    isLongNear: () => isLongNear,
    restart: () => Promise.resolve(),
    outage: () => Promise.resolve(),
    done: createTally(),
  };
  const court = createCrashCourt({
    random: createSeededRandom("a"),
    danger: { oldestSeconds: () => Promise.resolve(oldestSeconds) },
    outages,
    goals: [],
    wanted: () => 100,
  });
  court.open();
  return await court.mayKill(request);
}

function outage(kind: Outage["kind"], seconds: number): Outage {
  return { kind, seconds: () => seconds, oldestSeconds: 2 };
}

Deno.test("a process may be killed while every rotation can still be taken over in its window", async () => {
  assert.equal(await mayKillAt({ oldestSeconds: 10 }), true);
  assert.equal(await mayKillAt({ oldestSeconds: 12 }), false);
  assert.equal(await mayKillAt({ isLongNear: true }), false);
});

Deno.test("a process may be killed in a short outage as long as there is time left after it", async () => {
  assert.equal(await mayKillAt({ outage: outage("short", 3) }), true);
  assert.equal(await mayKillAt({ outage: outage("short", 10) }), false);
});

Deno.test("a process may be killed in a long outage once its answers are on the disk", async () => {
  assert.equal(await mayKillAt({ outage: outage("long", 5) }), false);
  assert.equal(
    await mayKillAt({ outage: outage("long", 5) }, { kind: "journaled", unsecured: 0 }),
    true,
  );
});

Deno.test("a court is closed before it opens, kills one at a time, and knows the steps that are missing", async () => {
  const court = createCrashCourt({
    random: createSeededRandom("a"),
    danger: { oldestSeconds: () => Promise.resolve(0) },
    outages: {
      current: () => undefined,
      isLongNear: () => false,
      restart: () => Promise.resolve(),
      outage: () => Promise.resolve(),
      done: createTally(),
    },
    goals: [
      { name: "claimed", steps: ["claimed"] },
      { name: "any work ended", steps: ["webhook ended", "mint ended"] },
    ],
    wanted: () => 100,
  });
  const request = { kind: "claimed", unsecured: 1 };
  assert.equal(await court.mayKill(request), false);
  court.open();
  const answers = await Promise.all([court.mayKill(request), court.mayKill(request)]);
  assert.deepEqual(answers, [true, false]);
  assert.equal(await court.mayKill(request), false);
  assert.deepEqual(court.missingSteps(), ["any work ended"]);
  assert.equal(court.kills.text(), "claimed 1");
});

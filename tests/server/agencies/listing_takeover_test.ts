/** Who lists an agency's locations, and when: one process at a time, another one where that dies, and all of them in turn. */
import assert from "node:assert/strict";
import { listAtOnce } from "../../../server/agencies/listing_schedule.ts";
import { COMPANY_ID, coveredLocations, installAgency, keepUp } from "../../support/agency_stage.ts";
import { callsOf, createAgencyRelatch, LISTING_PERIOD_SECONDS } from "../../support/agency_scenes.ts";
import { passTime } from "../../support/rotation_stage.ts";
import { createSecondUpkeep } from "../../support/second_upkeep.ts";
import { testPostgresForFile } from "../../support/test_postgres.ts";
import type { TestRelatch, TestRelatchOptions } from "../../support/test_relatch.ts";
import { waitUntil } from "../../support/wait_until.ts";

Deno.test.sanitizer({ ops: true, resources: true });
const postgres = testPostgresForFile();

const LEASE_SECONDS = 180;

async function createListed(options: TestRelatchOptions = {}): Promise<TestRelatch> {
  const relatch = await createAgencyRelatch(postgres, options);
  relatch.simulator.switches.installWebhook = "never";
  await installAgency(relatch);
  await keepUp(relatch);
  return relatch;
}

/** Seconds until the next listing. */
async function dueIn({ database }: TestRelatch): Promise<number> {
  const [row] = await database<{ seconds: number }[]>`
    SELECT extract(epoch FROM listing_due_at - now())::float8 AS seconds FROM agencies`;
  return row?.seconds ?? NaN;
}

const all = ({ simulator }: TestRelatch): string[] => simulator.settings.locations.map(({ id }) => id).sort();

Deno.test("a process that dies before it lists is followed by another when its lease ends", async () => {
  let isDying = false;
  await using relatch = await createListed({
    upkeep: {
      reach(step, work) {
        if (isDying && step === "claimed" && work === "listing") throw new Error("The process died");
      },
    },
  });
  await using second = createSecondUpkeep(relatch);
  await passTime(relatch, LISTING_PERIOD_SECONDS);
  isDying = true;
  await keepUp(relatch);
  const before = callsOf(relatch, "installed_locations");
  await keepUp({ upkeep: second });
  assert.equal(callsOf(relatch, "installed_locations"), before);
  await passTime(relatch, LEASE_SECONDS);
  await keepUp({ upkeep: second });
  assert.equal(callsOf(relatch, "installed_locations"), before + 1);
});

Deno.test("a process that hangs between two pages is followed by another, and undoes nothing when it comes back", async () => {
  const held = Promise.withResolvers<void>();
  let pages = 0;
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    if (new URL(request.url).pathname === "/oauth/installedLocations" && ++pages === 2) await held.promise;
    return await relatch.simulator.app.fetch(request);
  };
  await using relatch = await createAgencyRelatch(postgres, { upkeep: { fetch } });
  const { simulator } = relatch;
  simulator.switches.installWebhook = "never";
  simulator.switches.installedLocationsMax = 1;
  const installing = installAgency(relatch);
  await waitUntil(() => pages === 2, "the second page is asked for");

  await using second = createSecondUpkeep(relatch);
  await passTime(relatch, LEASE_SECONDS);
  await keepUp({ upkeep: second });
  assert.deepEqual(await coveredLocations(relatch), all(relatch));
  const [gone = "", ...others] = all(relatch);
  simulator.uninstall({ locationId: gone });
  await passTime(relatch, LISTING_PERIOD_SECONDS);
  await keepUp({ upkeep: second });
  const before = await dueIn(relatch);

  held.resolve();
  await installing;
  await relatch.upkeep.worker.idle();
  assert.deepEqual(await coveredLocations(relatch), others);
  assert.ok(await dueIn(relatch) <= before);
});

Deno.test("two processes that look at the same time list an agency once", async () => {
  await using relatch = await createListed();
  await using second = createSecondUpkeep(relatch);
  for (let round = 1; round <= 10; round++) {
    await relatch.database`UPDATE agencies SET listing_due_at = now()`;
    await Promise.all([keepUp(relatch), keepUp({ upkeep: second })]);
    assert.equal(callsOf(relatch, "installed_locations"), 1 + round);
  }
});

Deno.test("two listings of an agency at the same time end in the same rows as one", async () => {
  await using relatch = await createListed();
  await using second = createSecondUpkeep(relatch);
  const [gone = "", ...others] = all(relatch);
  relatch.simulator.uninstall({ locationId: gone });
  const listings = [relatch.upkeep, second].map(async (upkeep) => {
    await relatch.database`UPDATE agencies SET listing_due_at = now()`;
    await keepUp({ upkeep });
  });
  await Promise.all(listings);
  assert.deepEqual(await coveredLocations(relatch), others);
  assert.ok(await dueIn(relatch) > 0);
});

Deno.test("an agency is listed again within a minute or so of its install, and every hour later on", async () => {
  await using relatch = await createListed();
  assert.ok(await dueIn(relatch) <= 69, `${await dueIn(relatch)}`);
  await relatch.database`UPDATE connections SET authorized_at = authorized_at - interval '1 day'`;
  await passTime(relatch, 69);
  await keepUp(relatch);
  const seconds = await dueIn(relatch);
  assert.ok(seconds > 3000 && seconds <= LISTING_PERIOD_SECONDS, `${seconds}`);
});

Deno.test("a hint that comes while an agency is listed has it listed once more", async () => {
  let hint = async (): Promise<void> => {};
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const response = await relatch.simulator.app.fetch(new Request(input, init));
    await hint();
    return response;
  };
  await using relatch = await createAgencyRelatch(postgres, { upkeep: { fetch } });
  await installAgency(relatch);
  await relatch.database`UPDATE agencies SET listing_due_at = now()`;
  let hints = 0;
  hint = async () => {
    if (hints++ === 0) await listAtOnce(relatch.database, COMPANY_ID);
  };
  const before = callsOf(relatch, "installed_locations");
  await keepUp(relatch);
  assert.equal(callsOf(relatch, "installed_locations"), before + 2);
});

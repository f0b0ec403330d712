/** How an agency's locations are listed: page by page, whatever moves meanwhile and however fast HighLevel lets it go. */
import assert from "node:assert/strict";
import { addLocations, coveredLocations, installAgency, keepUp } from "../../support/agency_stage.ts";
import {
  callsOf,
  createAgencyRelatch,
  LISTING_PERIOD_SECONDS,
  live,
  locationHistory,
} from "../../support/agency_scenes.ts";
import { passTime } from "../../support/rotation_stage.ts";
import { testPostgresForFile } from "../../support/test_postgres.ts";
import type { TestRelatch } from "../../support/test_relatch.ts";
import { createVirtualClock } from "../../support/virtual_clock.ts";

Deno.test.sanitizer({ ops: true, resources: true });
const postgres = testPostgresForFile();

interface Stage {
  readonly relatch: TestRelatch;
  /** What was skipped on each page that was asked for. */
  readonly skips: number[];
  /** Does something right before the page with this number is asked for, the first being 1. */
  beforePage(number: number, act: () => void): void;
}

/** HighLevel's clock goes along when a listing waits. */
async function withStage(locations: number, work: (stage: Stage) => Promise<void>): Promise<void> {
  const skips: number[] = [];
  const acts = new Map<number, () => void>();
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    const url = new URL(request.url);
    if (url.pathname === "/oauth/installedLocations" && !url.searchParams.has("locationId")) {
      skips.push(Number(url.searchParams.get("skip")));
      acts.get(skips.length)?.();
    }
    return await relatch.simulator.app.fetch(request);
  };
  const clock = createVirtualClock((milliseconds) =>
    relatch.simulator.clock.advance(Math.ceil(milliseconds))
  );
  await using relatch = await createAgencyRelatch(postgres, { upkeep: { fetch, clock } });
  relatch.simulator.switches.installWebhook = "never";
  relatch.simulator.settings.locations.splice(0);
  addLocations(relatch, locations);
  await work({ relatch, skips, beforePage: (number, act) => acts.set(number, act) });
}

const truth = ({ simulator }: TestRelatch): string[] =>
  simulator.truth().locations.filter(({ listed }) => listed).map(({ locationId }) => locationId).sort();

for (const [most, pages] of [[100, 3], [20, 13]] as const) {
  Deno.test(`an agency with 250 locations is listed in ${pages} pages when HighLevel sends ${most} a page`, async () => {
    await withStage(250, async ({ relatch, skips }) => {
      relatch.simulator.switches.installedLocationsMax = most;
      await installAgency(relatch);
      await keepUp(relatch);
      assert.deepEqual(await coveredLocations(relatch), truth(relatch));
      assert.deepEqual(skips, Array.from({ length: pages }, (_, page) => page * most));
      assert.equal(callsOf(relatch, "location_token"), 0);
    });
  });
}

Deno.test("an agency is listed in smaller pages when HighLevel refuses to send as many as were asked for", async () => {
  await withStage(50, async ({ relatch, skips }) => {
    Object.assign(relatch.simulator.switches, {
      installedLocationsMax: 20,
      installedLocationsAboveMax: "refused",
    });
    await installAgency(relatch);
    await keepUp(relatch);
    assert.deepEqual(await coveredLocations(relatch), truth(relatch));
    assert.deepEqual(skips, [0, 0, 20, 40]);
  });
});

for (const installedLocationsCount of ["company", "matching"] as const) {
  Deno.test(`a part of the agency's locations is listed to its end when count means "${installedLocationsCount}"`, async () => {
    await withStage(250, async ({ relatch }) => {
      relatch.simulator.switches.installedLocationsCount = installedLocationsCount;
      const locationIds = relatch.simulator.settings.locations.slice(20, 150).map(({ id }) => id);
      await installAgency(relatch, { locationIds });
      await keepUp(relatch);
      assert.deepEqual(await coveredLocations(relatch), locationIds);
    });
  });
}

Deno.test("an agency with 10,000 locations connects with exactly 100 list calls, one for its details, and no mint", async () => {
  await withStage(10_000, async ({ relatch }) => {
    await installAgency(relatch);
    await relatch.upkeep.worker.idle();
    // The list calls have used up HighLevel's limit of this interval.
    relatch.simulator.clock.advance(10_000);
    await keepUp(relatch);
    const [row] = await relatch.database<{ locations: number; covered: number }[]>`
      SELECT listed_locations AS locations, (SELECT count(*)::int FROM coverages WHERE installed) AS covered
      FROM agencies`;
    assert.deepEqual(row, { locations: 10_000, covered: 10_000 });
    assert.deepEqual(relatch.simulator.ledger.apiCallCounts(), {
      installed_locations: 100,
      installer_details: 1,
    });
  });
});

Deno.test("a listing leaves HighLevel alone before its limits refuse it", async () => {
  await withStage(3000, async ({ relatch }) => {
    relatch.simulator.switches.installedLocationsMax = 20;
    await installAgency(relatch);
    await keepUp(relatch);
    const calls = relatch.simulator.ledger.apiCalls().filter(({ operation }) =>
      operation === "installed_locations"
    );
    assert.equal(calls.length, 150);
    assert.deepEqual(calls.filter(({ status }) => status !== 200), []);
    assert.equal((await coveredLocations(relatch)).length, 3000);
  });
});

for (const kind of ["rate_limited", "bad_gateway_html", "lost_answer", "damaged_json"] as const) {
  Deno.test(`a listing that meets "${kind}" in its middle goes on where it was`, async () => {
    await withStage(250, async ({ relatch, skips, beforePage }) => {
      beforePage(
        2,
        () =>
          relatch.simulator.faults.next({ route: "api", operation: "installed_locations", kind, times: 2 }),
      );
      await installAgency(relatch);
      await keepUp(relatch);
      assert.deepEqual(skips, [0, 100, 100, 100, 200]);
      assert.deepEqual(await coveredLocations(relatch), truth(relatch));
    });
  });
}

Deno.test("a listing that HighLevel refuses for long is postponed, and what it had is kept", async () => {
  await withStage(250, async ({ relatch, beforePage }) => {
    beforePage(3, () =>
      relatch.simulator.faults.next({
        route: "api",
        operation: "installed_locations",
        kind: "rate_limited",
        times: 5,
      }));
    await installAgency(relatch);
    await keepUp(relatch);
    assert.equal((await coveredLocations(relatch)).length, 200);
    assert.ok(relatch.logLines.some((line) => /"listing_postponed".*"rate_limited"/.test(line)));
    await live(relatch, { seconds: 30 });
    assert.deepEqual(await coveredLocations(relatch), truth(relatch));
  });
});

Deno.test("a location that slips from one page to another while it is read stays covered", async () => {
  await withStage(250, async ({ relatch, beforePage, skips }) => {
    await installAgency(relatch);
    await keepUp(relatch);
    const [first = ""] = truth(relatch);
    const before = skips.length;
    // The 101st moves to the first page, which was read already: the second begins with the 102nd.
    beforePage(before + 2, () => relatch.simulator.uninstall({ locationId: first }));
    relatch.simulator.webhooks.orders.next({ kind: "lose", type: "UNINSTALL" });
    await passTime(relatch, LISTING_PERIOD_SECONDS);
    await keepUp(relatch);
    assert.deepEqual(skips.slice(before), [0, 100, 200, 249]);
    for (const id of truth(relatch)) assert.deepEqual(await locationHistory(relatch, id), ["covered listed"]);
    // The one that is gone was on the first page when that was read.
    await live(relatch, { seconds: LISTING_PERIOD_SECONDS });
    assert.deepEqual(await coveredLocations(relatch), truth(relatch));
    assert.deepEqual(await locationHistory(relatch, first), ["covered listed", "uncovered not_listed"]);
  });
});

Deno.test("a location that HighLevel lists twice because others came before it is stored once", async () => {
  await withStage(150, async ({ relatch, beforePage }) => {
    beforePage(2, () => {
      relatch.simulator.settings.locations.unshift(...relatch.simulator.settings.locations.splice(140));
    });
    await installAgency(relatch);
    await live(relatch, { seconds: LISTING_PERIOD_SECONDS });
    assert.deepEqual(await coveredLocations(relatch), truth(relatch));
    for (const id of truth(relatch)) assert.deepEqual(await locationHistory(relatch, id), ["covered listed"]);
  });
});

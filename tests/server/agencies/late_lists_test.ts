/** Lists of HighLevel that come late, lag behind, are empty or unreadable for a while, or meet an install on their way. */
import assert from "node:assert/strict";
import { type RotationClock, systemClock } from "../../../server/rotation/rotation_clock.ts";
import { addLocations, COMPANY_ID, coveredLocations, installAgency } from "../../support/agency_stage.ts";
import {
  addAgency,
  callsOf,
  createAgencyRelatch,
  LISTING_PERIOD_SECONDS,
  live,
  locationHistory,
  logged,
  settle,
  takeToken,
} from "../../support/agency_scenes.ts";
import { viewRow } from "../../support/rotation_stage.ts";
import { testPostgresForFile } from "../../support/test_postgres.ts";
import type { TestRelatch } from "../../support/test_relatch.ts";
import { createVirtualClock } from "../../support/virtual_clock.ts";
import { waitUntil } from "../../support/wait_until.ts";

Deno.test.sanitizer({ ops: true, resources: true });
const postgres = testPostgresForFile();

const NEW_LOCATION = "LocationThatIsNew001";
const OTHER_COMPANY = "CompanyOfAnother0001";
const LAG_SECONDS = 240;

interface Stage {
  readonly relatch: TestRelatch;
  /** What HighLevel answers to a list call instead of its own list; `undefined` leaves that as it is. */
  answerWith(answer: ((query: URLSearchParams) => Response | undefined) | undefined): void;
}

/** Agencies that were installed a day ago, and are listed every hour by now. */
async function withAgencies(
  companyIds: readonly string[],
  work: (stage: Stage) => Promise<void>,
): Promise<void> {
  let answer: ((query: URLSearchParams) => Response | undefined) | undefined;
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    const { pathname, searchParams } = new URL(request.url);
    return pathname === "/oauth/installedLocations" && answer?.(searchParams) ||
      await relatch.simulator.app.fetch(request);
  };
  const clock: RotationClock = {
    ...systemClock,
    // What a test answers itself is not worth waiting for.
    delay: (milliseconds, signal) => systemClock.delay(answer === undefined ? milliseconds : 0, signal),
  };
  await using relatch = await createAgencyRelatch(postgres, { upkeep: { fetch, clock } });
  addAgency(relatch, { companyId: OTHER_COMPANY, locationIds: ["LocationOfAnother001"] });
  for (const companyId of companyIds) {
    await installAgency(relatch, { companyId, installToFutureLocations: true });
  }
  await settle(relatch);
  await relatch.database`UPDATE connections SET authorized_at = authorized_at - interval '1 day'`;
  await live(relatch, { seconds: LISTING_PERIOD_SECONDS });
  await work({ relatch, answerWith: (given) => answer = given });
}

const isCovered = async (relatch: TestRelatch, locationId = NEW_LOCATION): Promise<boolean> =>
  (await coveredLocations(relatch)).includes(locationId);

const emptyList = (): Response => Response.json({ locations: [], count: 3 });

Deno.test("an agency whose first page is too long for HighLevel is listed in shorter ones", async () => {
  await using relatch = await createAgencyRelatch(postgres);
  addLocations(relatch, 60);
  const { switches, settings } = relatch.simulator;
  switches.installedLocationsMax = 50;
  switches.installedLocationsAboveMax = "refused";
  await installAgency(relatch);
  await settle(relatch);
  assert.equal((await coveredLocations(relatch)).length, settings.locations.length);
  assert.equal(logged(relatch, "listing_postponed"), 0);
});

Deno.test("an INSTALL that HighLevel's list does not know yet is asked about again until it does", async () => {
  await withAgencies([COMPANY_ID], async ({ relatch, answerWith }) => {
    answerWith(emptyList);
    relatch.simulator.addLocation({ id: NEW_LOCATION });
    await settle(relatch);
    assert.equal(await isCovered(relatch), false);
    answerWith(undefined);
    await live(relatch, { seconds: LAG_SECONDS, step: 30 });
    assert.deepEqual(await locationHistory(relatch, NEW_LOCATION), ["covered install_webhook"]);
  });
});

for (const away of [COMPANY_ID, OTHER_COMPANY]) {
  const which = away === COMPANY_ID ? "first" : "second";
  Deno.test(`an INSTALL that names no agency finds the right one while the ${which} does not answer`, async () => {
    await withAgencies([COMPANY_ID, OTHER_COMPANY], async ({ relatch, answerWith }) => {
      answerWith((query) =>
        query.get("companyId") === away ? new Response("Bad Gateway", { status: 502 }) : undefined
      );
      const companyId = away === COMPANY_ID ? OTHER_COMPANY : COMPANY_ID;
      relatch.simulator.addLocation({ id: NEW_LOCATION, companyId });
      await live(relatch, { seconds: 300, step: 60 });
      assert.ok(await isCovered(relatch));
      answerWith(undefined);
      await takeToken(relatch, NEW_LOCATION);
    });
  });
}

Deno.test("many INSTALLs that name no agency do not ask one of them over and over while another does not answer", async () => {
  await withAgencies([COMPANY_ID, OTHER_COMPANY], async ({ relatch, answerWith }) => {
    const { simulator } = relatch;
    answerWith((query) =>
      query.get("companyId") === OTHER_COMPANY ? new Response("Bad Gateway", { status: 502 }) : undefined
    );
    const locationIds = Array.from(
      { length: 40 },
      (_, nth) => `LocationOfMany${String(nth).padStart(6, "0")}`,
    );
    for (const id of locationIds) simulator.addLocation({ id, companyId: COMPANY_ID });
    simulator.webhooks.orders.disorder({ loss: 1 });
    for (const locationId of locationIds) simulator.uninstall({ locationId });
    const before = callsOf(relatch, "installed_locations");
    await live(relatch, { seconds: 1200, step: 30 });
    const calls = callsOf(relatch, "installed_locations") - before;
    // Patience with the listings, then pauses that double.
    assert.ok(calls > 0 && calls <= 10 * locationIds.length, `${calls} calls`);
    answerWith(undefined);
    await live(relatch, { seconds: 1800, step: 60 });
    const [row] = await relatch.database<{ waiting: number }[]>`
      SELECT count(*)::int AS waiting FROM webhook_inbox WHERE done_at IS NULL`;
    assert.equal(row?.waiting, 0);
    assert.equal(logged(relatch, "webhook_given_up"), 0);
  });
});

Deno.test("a list that is empty for a moment uncovers nothing", async () => {
  await withAgencies([COMPANY_ID], async ({ relatch, answerWith }) => {
    const covered = await coveredLocations(relatch);
    const before = callsOf(relatch, "installed_locations");
    let asked = 0;
    answerWith(() => {
      asked++;
      return emptyList();
    });
    await live(relatch, { seconds: LISTING_PERIOD_SECONDS });
    assert.ok(asked > 0);
    assert.deepEqual(await coveredLocations(relatch), covered);
    answerWith(undefined);
    await live(relatch, { seconds: 120, step: 30 });
    // It is asked for again soon.
    assert.ok(callsOf(relatch, "installed_locations") > before);
    assert.deepEqual(await coveredLocations(relatch), covered);
    for (const id of covered) assert.deepEqual(await locationHistory(relatch, id), ["covered listed"]);
  });
});

Deno.test("a list whose entries cannot be read uncovers nothing, and no token is lost for it", async () => {
  await withAgencies([COMPANY_ID], async ({ relatch, answerWith }) => {
    const covered = await coveredLocations(relatch);
    const takeAll = (): Promise<string[]> => Promise.all(covered.map((id) => takeToken(relatch, id)));
    const tokens = await takeAll();
    let asked = 0;
    answerWith((query) => {
      asked++;
      const wanted = query.get("locationId");
      const ids = covered.filter((id) => wanted === null || id === wanted);
      return Response.json({ locations: ids.map((id) => ({ id, isInstalled: true })), count: ids.length });
    });
    await live(relatch, { seconds: LISTING_PERIOD_SECONDS });
    assert.ok(asked > 0);
    answerWith(undefined);
    assert.deepEqual(await coveredLocations(relatch), covered);
    assert.deepEqual(await takeAll(), tokens);
  });
});

Deno.test("a listing that HighLevel puts off holds on to its lease with every pause", async () => {
  const leases: string[] = [];
  let isPutOff = false;
  const clock = createVirtualClock(async (milliseconds) => {
    if (!isPutOff) return;
    const [row] = await relatch.database<{ lease: string; seconds: number }[]>`
      SELECT listing_due_at::text AS lease, extract(epoch FROM listing_due_at - now())::float8 AS seconds
      FROM agencies`;
    assert.ok(row !== undefined && row.seconds > milliseconds / 1000);
    leases.push(row.lease);
  });
  await using relatch = await createAgencyRelatch(postgres, { upkeep: { clock } });
  await installAgency(relatch);
  await settle(relatch);
  const order = { route: "api", operation: "installed_locations", kind: "rate_limited" } as const;
  relatch.simulator.faults.next({ ...order, retryAfterSeconds: 60, times: 4 });
  await relatch.database`UPDATE agencies SET listing_due_at = now()`;
  isPutOff = true;
  await settle(relatch);
  assert.equal(leases.length, 4);
  // Together the pauses are longer than a lease: each of them begins with a new one.
  assert.equal(new Set(leases).size, 4);
});

Deno.test("an install that the database ends for a deadlock is stored all the same", async () => {
  await using relatch = await createAgencyRelatch(postgres);
  const { database } = relatch;
  const id = await installAgency(relatch);
  await settle(relatch);
  for (const locationId of await coveredLocations(relatch)) await takeToken(relatch, locationId);
  let again: Promise<string> | undefined;
  await database.begin(async (tx) => {
    // The one that looks for deadlocks is the one that is ended.
    await tx`SET LOCAL deadlock_timeout = '1 h'`;
    await tx`SELECT FROM coverages FOR UPDATE`;
    again = installAgency(relatch);
    const isWaiting = async () =>
      (await database`
        SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`)
        .length > 0;
    await waitUntil(isWaiting, "the install waits for the agency's locations");
    // It has this row by then.
    await tx`SELECT FROM connections WHERE id = ${id} FOR UPDATE`;
  });
  assert.equal(await again, id);
  assert.equal((await viewRow(database, id)).generation, "2");
});

import assert from "node:assert/strict";
import { listInstalledLocations } from "../../../server/highlevel/installed_locations.ts";
import { APP_ID, COMPANY_ID, FIRST, installAgency, SECOND, THIRD } from "../../simulator/api_client.ts";
import { DEFAULT_LOCATIONS, numberedLocations } from "../../simulator/default_settings.ts";
import { createStillSimulator, install } from "../../simulator/token_client.ts";
import { callerAnswered, callerAnsweredBy, callerOf } from "./api_caller.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const PAGE = { companyId: COMPANY_ID, skip: 0, limit: 100 };
const UNAVAILABLE = { ok: false, failure: { reason: "unavailable", pauseSeconds: null } };

async function pageOf(body: unknown, headers: Record<string, string> = {}) {
  const page = await listInstalledLocations(callerAnswered(200, body, headers), PAGE);
  assert.ok(page.ok);
  return page.value;
}

Deno.test("listInstalledLocations() asks for the installed ones of this app and company, or for one of them", async () => {
  const { caller, requests } = callerAnsweredBy(() => Response.json({ locations: [] }));
  await listInstalledLocations(caller, { ...PAGE, skip: 200 });
  await listInstalledLocations(caller, { ...PAGE, locationId: FIRST });
  const asked = requests.map(({ method, url }) => {
    const { origin, pathname, searchParams } = new URL(url);
    return { at: `${method} ${origin}${pathname}`, ...Object.fromEntries(searchParams) };
  });
  const common = {
    at: "GET https://services.example/oauth/installedLocations",
    companyId: COMPANY_ID,
    appId: APP_ID,
    isInstalled: "true",
    limit: "100",
  };
  assert.deepEqual(asked, [{ ...common, skip: "200" }, { ...common, skip: "0", locationId: FIRST }]);
});

Deno.test("listInstalledLocations() brings a page with names and with what HighLevel says about the pace", async () => {
  const simulator = createStillSimulator();
  const { access_token } = await installAgency(simulator, {
    locationIds: [FIRST, THIRD],
    installToFutureLocations: true,
  });
  const page = await listInstalledLocations(callerOf(simulator, access_token), PAGE);
  assert.deepEqual(page, {
    ok: true,
    value: {
      locations: [
        { locationId: FIRST, name: DEFAULT_LOCATIONS[0]?.name },
        { locationId: THIRD, name: DEFAULT_LOCATIONS[2]?.name },
      ],
      entries: 2,
      count: 3,
      installsFutureLocations: true,
      unreadable: 0,
      pauseSeconds: null,
    },
  });
});

Deno.test("listInstalledLocations() asks about one location", async () => {
  const simulator = createStillSimulator();
  const { access_token } = await installAgency(simulator, { locationIds: [FIRST, THIRD] });
  const caller = callerOf(simulator, access_token);
  const listed = async (locationId: string) => {
    const page = await listInstalledLocations(caller, { ...PAGE, locationId });
    return page.ok ? page.value.locations.map(({ locationId }) => locationId) : page.failure.reason;
  };
  assert.deepEqual(await listed(THIRD), [THIRD]);
  assert.deepEqual(await listed(SECOND), []);
});

Deno.test("listInstalledLocations() finds every location page by page, also on pages shorter than asked for", async () => {
  const simulator = createStillSimulator({
    settings: { locations: numberedLocations(250) },
    switches: { installedLocationsMax: 40 },
  });
  const { access_token } = await installAgency(simulator, { locationIds: "all" });
  const caller = callerOf(simulator, access_token);
  const ids = new Set<string>();
  let skip = 0;
  for (let entries = 1; entries > 0; skip += entries) {
    const page = await listInstalledLocations(caller, { ...PAGE, skip });
    assert.ok(page.ok);
    entries = page.value.entries;
    for (const { locationId } of page.value.locations) ids.add(locationId);
  }
  assert.deepEqual([ids.size, skip], [250, 250]);
});

Deno.test("listInstalledLocations() tells that the interval is used up before HighLevel refuses", async () => {
  const simulator = createStillSimulator();
  const { access_token } = await installAgency(simulator);
  const caller = callerOf(simulator, access_token);
  for (let calls = 0; calls < 99; calls += 1) await listInstalledLocations(caller, PAGE);
  const last = await listInstalledLocations(caller, PAGE);
  assert.equal(last.ok && last.value.pauseSeconds, 10);
  assert.deepEqual(await listInstalledLocations(caller, PAGE), {
    ok: false,
    failure: { reason: "rate_limited", pauseSeconds: 10 },
  });
});

Deno.test("listInstalledLocations() is refused with a Location token, an unknown token, and for another company", async () => {
  const simulator = createStillSimulator();
  const { access_token: ofLocation } = await install(simulator);
  const { access_token: ofCompany } = await installAgency(simulator);
  const reasonFor = async (token: string, companyId = COMPANY_ID) => {
    const page = await listInstalledLocations(callerOf(simulator, token), { ...PAGE, companyId });
    return page.ok ? "listed" : page.failure.reason;
  };
  assert.equal(await reasonFor(ofLocation), "wrong_class");
  assert.equal(await reasonFor("unknown"), "token_refused");
  assert.equal(await reasonFor(ofCompany, "AnotherCompany"), "no_access");
});

Deno.test("listInstalledLocations() keeps a page with odd entries, and counts them", async () => {
  const page = await pageOf({
    locations: [
      { _id: FIRST, name: "  Harbor Dental\u0000Studio\n", address: 5, isInstalled: true, new: {} },
      { _id: SECOND },
      { _id: THIRD, name: "Removed", isInstalled: false },
      { _id: "Location000000000001", name: 7, isInstalled: null },
      { _id: "Location000000000002", name: " ", isInstalled: "yes" },
      { _id: "Location000000000003", name: "n".repeat(2000) },
      { _id: "no id", name: "Odd" },
      { _id: 5 },
      { id: FIRST, name: "Odd" },
      null,
      "Location000000000004",
      [],
    ],
  });
  assert.deepEqual(page, {
    locations: [
      { locationId: FIRST, name: "Harbor Dental Studio" },
      { locationId: SECOND, name: null },
      { locationId: "Location000000000001", name: null },
      { locationId: "Location000000000002", name: null },
      { locationId: "Location000000000003", name: "n".repeat(1000) },
    ],
    entries: 12,
    count: null,
    installsFutureLocations: null,
    unreadable: 6,
    pauseSeconds: null,
  });
});

Deno.test("listInstalledLocations() names a location once that HighLevel sends twice", async () => {
  const { locations, entries } = await pageOf({
    locations: [{ _id: FIRST, name: "Old" }, { _id: FIRST, name: "New" }, { _id: FIRST }],
  });
  assert.deepEqual([locations, entries], [[{ locationId: FIRST, name: "New" }], 3]);
});

Deno.test("listInstalledLocations() takes odd counts and headers for not told", async () => {
  for (const count of ["3", -1, 2.5, null, {}]) {
    const page = await pageOf({ locations: [], count, installToFutureLocations: "true" }, {
      "x-ratelimit-remaining": "many",
      "retry-after": "soon",
    });
    assert.deepEqual(page, {
      locations: [],
      entries: 0,
      count: null,
      installsFutureLocations: null,
      unreadable: 0,
      pauseSeconds: null,
    });
  }
});

Deno.test("listInstalledLocations() takes no answer without a list for an agency without locations", async () => {
  for (const body of [{}, null, [], { locations: null }, { locations: {} }, { count: 3 }, "locations"]) {
    assert.deepEqual(await listInstalledLocations(callerAnswered(200, body), PAGE), UNAVAILABLE);
  }
});

Deno.test("listInstalledLocations() takes a page on which no entry names a location for no answer", async () => {
  const body = { locations: [{ id: FIRST }, { id: SECOND }], count: 2 };
  assert.deepEqual(await listInstalledLocations(callerAnswered(200, body), PAGE), UNAVAILABLE);
});

Deno.test("listInstalledLocations() takes a damaged or labelled page for what it is", async () => {
  const simulator = createStillSimulator();
  const { access_token } = await installAgency(simulator);
  const caller = callerOf(simulator, access_token);
  for (const kind of ["damaged_json", "bad_gateway_html", "lost_answer"] as const) {
    simulator.faults.next({ route: "api", kind });
    const page = await listInstalledLocations(caller, PAGE);
    assert.equal(page.ok ? "listed" : page.failure.reason, "unavailable", kind);
  }
  simulator.faults.next({ route: "api", kind: "wrong_content_type" });
  assert.ok((await listInstalledLocations(caller, PAGE)).ok);
});

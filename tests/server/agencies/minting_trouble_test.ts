/** What integrations and people get when HighLevel gives no token for an agency's location, and how that heals. */
import assert from "node:assert/strict";
import { claimMint } from "../../../server/agencies/mint_lease.ts";
import { tokenContext } from "../../../server/connections/token_context.ts";
import { seal } from "../../../server/crypto/seal.ts";
import { COMPANY_ID, coveredLocations, installAgency, keepUp } from "../../support/agency_stage.ts";
import {
  askToken,
  bringBack,
  callsOf,
  connectionOf,
  createAgencyRelatch,
  installWithScopes,
  live,
  locationHistory,
  settle,
  stateOf,
  statusOf,
  takeAway,
  takeToken,
} from "../../support/agency_scenes.ts";
import { passTime, refreshCalls } from "../../support/rotation_stage.ts";
import { testPostgresForFile } from "../../support/test_postgres.ts";
import { LOCATION_ID, type TestRelatch, type TestRelatchOptions } from "../../support/test_relatch.ts";

Deno.test.sanitizer({ ops: true, resources: true });
const postgres = testPostgresForFile();

const DAY_SECONDS = 86_400;
const HOUR_SECONDS = 3600;

async function createInstalled(
  options: TestRelatchOptions = {},
): Promise<TestRelatch & { readonly agencyId: string }> {
  const relatch = await createAgencyRelatch(postgres, options);
  relatch.simulator.switches.installWebhook = "never";
  const agencyId = await installAgency(relatch);
  await keepUp(relatch);
  return { ...relatch, agencyId };
}

Deno.test("without a live token and with HighLevel away, callers are told when to ask again, and ask it rarely", async () => {
  await using relatch = await createInstalled();
  takeAway(relatch);
  const answers = await Promise.all(Array.from({ length: 50 }, () => askToken(relatch)));
  for (const answer of answers) {
    assert.ok(!answer.ok && answer.failure.reason === "refresh_failing", JSON.stringify(answer));
    assert.ok(answer.failure.retryAfterSeconds >= 1 && answer.failure.retryAfterSeconds <= 10);
  }
  assert.equal(callsOf(relatch, "location_token"), 2);
  assert.equal((await askToken(relatch)).ok, false);
  assert.equal(callsOf(relatch, "location_token"), 2);
  // It says nothing about the location.
  assert.equal(await stateOf(relatch), "connected company");

  bringBack(relatch);
  await passTime(relatch, 10);
  await takeToken(relatch);
});

Deno.test("callers wait as long as HighLevel asks for", async () => {
  await using relatch = await createInstalled();
  relatch.simulator.faults.next({
    route: "api",
    operation: "location_token",
    kind: "rate_limited",
    retryAfterSeconds: 90,
  });
  const answer = await askToken(relatch);
  assert.deepEqual(answer, { ok: false, failure: { reason: "refresh_failing", retryAfterSeconds: 90 } });
  await passTime(relatch, 60);
  const later = await askToken(relatch);
  assert.ok(!later.ok && later.failure.reason === "refresh_failing" && later.failure.retryAfterSeconds <= 30);
  await passTime(relatch, 30);
  await takeToken(relatch);
  assert.equal(callsOf(relatch, "location_token"), 2);
});

for (const kind of ["lost_answer", "damaged_json", "bad_gateway_html", "server_error_json"] as const) {
  Deno.test(`an answer to a mint that ends in "${kind}" is asked for once more at once`, async () => {
    await using relatch = await createInstalled();
    relatch.simulator.faults.next({ route: "api", operation: "location_token", kind });
    assert.equal(relatch.simulator.ledger.resourceOfAccessToken(await takeToken(relatch)), LOCATION_ID);
    assert.equal(callsOf(relatch, "location_token"), 2);
  });
}

Deno.test("an agency's token that HighLevel does not take any more is renewed once, and the location's is minted", async () => {
  await using relatch = await createInstalled();
  const { database, keys, agencyId } = relatch;
  await passTime(relatch, HOUR_SECONDS);
  const dead = seal(keys, "not a token of HighLevel", tokenContext(agencyId, "access_token"));
  await database`UPDATE connections SET access_token = ${dead} WHERE id = ${agencyId}`;
  const tokens = await Promise.all(
    relatch.simulator.settings.locations.map(({ id }) => takeToken(relatch, id)),
  );
  assert.equal(new Set(tokens).size, 3);
  assert.equal(refreshCalls(relatch), 1);
  assert.equal(callsOf(relatch, "location_token"), 3);
});

Deno.test("a location that is not active is paused, asks HighLevel rarely, and heals by itself", async () => {
  await using relatch = await createInstalled();
  relatch.simulator.updateLocation(LOCATION_ID, { active: false });
  assert.deepEqual(await askToken(relatch), { ok: false, failure: { reason: "location_paused" } });
  assert.equal(await stateOf(relatch), "paused company");
  const { problem } = await statusOf(relatch);
  assert.equal(problem?.code, "location_inactive");
  assert.ok(problem?.retryAt !== null);
  await askToken(relatch);
  assert.equal(callsOf(relatch, "location_token"), 1);
  await live(relatch, { seconds: HOUR_SECONDS });
  assert.equal(await stateOf(relatch), "paused company");
  assert.equal(callsOf(relatch, "location_token"), 2);

  relatch.simulator.updateLocation(LOCATION_ID, { active: true });
  await live(relatch, { seconds: HOUR_SECONDS });
  assert.equal(await stateOf(relatch), "connected company");
  assert.deepEqual(await locationHistory(relatch), [
    "covered listed",
    "paused location_inactive",
    "recovered minted",
  ]);
});

Deno.test("a location that was paused with a live token keeps giving it", async () => {
  await using relatch = await createInstalled();
  const token = await takeToken(relatch);
  relatch.simulator.updateLocation(LOCATION_ID, { active: false });
  await passTime(relatch, DAY_SECONDS * 11 / 12);
  assert.equal(await takeToken(relatch), token);
  assert.equal(await stateOf(relatch), "paused company");
});

Deno.test("a location that lacked a scope is connected as soon as the agency has granted it", async () => {
  await using relatch = await createAgencyRelatch(postgres);
  await (await installWithScopes(relatch, "contacts.readonly oauth.readonly")).body?.cancel();
  await askToken(relatch);
  assert.equal(await stateOf(relatch), "reconnect_required company");
  await installAgency(relatch);
  await settle(relatch);
  assert.equal(await stateOf(relatch), "connected company");
  await takeToken(relatch);
  assert.deepEqual(await locationHistory(relatch), [
    "covered listed",
    "reconnect_required scope_missing",
    "recovered reauthorized",
  ]);
});

for (const notInstalledStatus of [400, 403, 404] as const) {
  Deno.test(`a location that HighLevel mints for no more (${notInstalledStatus}) is uncovered at once`, async () => {
    await using relatch = await createInstalled();
    relatch.simulator.switches.notInstalledStatus = notInstalledStatus;
    relatch.simulator.webhooks.orders.next({ kind: "lose" });
    relatch.simulator.uninstall({ locationId: LOCATION_ID });
    assert.deepEqual(await askToken(relatch), { ok: false, failure: { reason: "not_connected" } });
    assert.equal(await stateOf(relatch), "not_connected null");
    assert.deepEqual(await locationHistory(relatch), ["covered listed", "uncovered mint_refused"]);
    assert.ok(!(await coveredLocations(relatch)).includes(LOCATION_ID));
  });
}

Deno.test("a location that belongs to another agency by now is uncovered when it is asked for", async () => {
  await using relatch = await createInstalled();
  const { settings } = relatch.simulator;
  settings.companies.push({ id: "CompanyOfAnother0001", name: "Another Agency", active: true });
  const moved = settings.locations.find(({ id }) => id === LOCATION_ID);
  assert.ok(moved !== undefined);
  moved.companyId = "CompanyOfAnother0001";
  assert.deepEqual(await askToken(relatch), { ok: false, failure: { reason: "not_connected" } });
});

Deno.test("a refusal to mint that HighLevel's list contradicts leaves the location covered", async () => {
  const refuse: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    return new URL(request.url).pathname === "/oauth/locationToken"
      ? Response.json({ statusCode: 400, message: "App is not installed on this location" }, { status: 400 })
      : await relatch.simulator.app.fetch(request);
  };
  await using relatch = await createAgencyRelatch(postgres, { upkeep: { fetch: refuse } });
  await installAgency(relatch);
  const answer = await askToken(relatch);
  assert.ok(!answer.ok && answer.failure.reason === "refresh_failing");
  assert.ok((await coveredLocations(relatch)).includes(LOCATION_ID));
});

for (const what of ["another location", "the agency itself"] as const) {
  Deno.test(`a minted token of ${what} is never given out as the location's`, async () => {
    const change: typeof globalThis.fetch = async (input, init) => {
      const request = new Request(input, init);
      if (new URL(request.url).pathname !== "/oauth/locationToken") {
        return await relatch.simulator.app.fetch(request);
      }
      const other = relatch.simulator.settings.locations[1]?.id ?? "";
      const body = new URLSearchParams({ companyId: COMPANY_ID, locationId: other });
      const { url, headers } = request;
      const response = await relatch.simulator.app.fetch(new Request(url, { method: "POST", headers, body }));
      if (what === "another location") return response;
      return Response.json({ ...await response.json(), locationId: undefined, userType: "Company" });
    };
    await using relatch = await createAgencyRelatch(postgres, { upkeep: { fetch: change } });
    await installAgency(relatch);
    const answer = await askToken(relatch);
    assert.ok(!answer.ok && answer.failure.reason === "refresh_failing");
    const [row] = await relatch.database<{ stored: number }[]>`
      SELECT count(access_token)::int AS stored FROM coverages`;
    assert.equal(row?.stored, 0);
  });
}

Deno.test("a caller goes on where a process died in the middle of a mint", async () => {
  await using relatch = await createInstalled();
  const connectionId = await connectionOf(relatch);
  assert.ok(await claimMint(relatch.database, { connectionId, mintedAt: null }) !== undefined);
  const asked = takeToken(relatch);
  await passTime(relatch, 10);
  assert.equal(relatch.simulator.ledger.resourceOfAccessToken(await asked), LOCATION_ID);
});

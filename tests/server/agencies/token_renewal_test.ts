/** When another token takes the place of one that is there: not too early, not too late, and whose it is then. */
import assert from "node:assert/strict";
import { locationTokenPath } from "#shared/endpoints.ts";
import { createTokenSource } from "../../../server/agencies/token_source.ts";
import { DatabaseTimeout, isDatabaseUnavailable } from "../../../server/db/database_unavailable.ts";
import { failure, success } from "../../../server/result.ts";
import type { TokenRefusal } from "../../../server/rotation/rotator.ts";
import { addLocations, COMPANY_ID, installAgency } from "../../support/agency_stage.ts";
import {
  askToken,
  bringBack,
  callsOf,
  connectionOf,
  createAgencyRelatch,
  locationHistory,
  settle,
  takeAway,
  takeToken,
} from "../../support/agency_scenes.ts";
import { createFakeRotator, LIVE_TOKEN } from "../../support/fake_rotator.ts";
import { askWithKey, makeKey } from "../../support/rotated_relatch.ts";
import { install, makeDue, passTime, refreshCalls } from "../../support/rotation_stage.ts";
import { testPostgresForFile } from "../../support/test_postgres.ts";
import { LOCATION_ID, type TestRelatch, type TestRelatchOptions } from "../../support/test_relatch.ts";
import { createVirtualClock } from "../../support/virtual_clock.ts";

Deno.test.sanitizer({ ops: true, resources: true });
const postgres = testPostgresForFile();

const HOUR_SECONDS = 3600;
const OTHER_COMPANY = "CompanyOfAnother0001";

async function createInstalled(options: TestRelatchOptions = {}): Promise<TestRelatch> {
  const relatch = await createAgencyRelatch(postgres, options);
  await installAgency(relatch);
  await settle(relatch);
  return relatch;
}

Deno.test("a covered location that a person has refreshed gets another token", async () => {
  await using relatch = await createInstalled();
  const before = await takeToken(relatch);
  await passTime(relatch, HOUR_SECONDS);
  await relatch.upkeep.tokens.refreshNow(await connectionOf(relatch));
  assert.notEqual(await takeToken(relatch), before);
  assert.equal(callsOf(relatch, "location_token"), 2);
});

Deno.test("minted tokens are given on after the agency connects again, until others can be had", async () => {
  await using relatch = await createInstalled();
  const ids = relatch.simulator.settings.locations.map(({ id }) => id);
  const takeAll = (): Promise<string[]> => Promise.all(ids.map((id) => takeToken(relatch, id)));
  const before = await takeAll();
  await passTime(relatch, 100);
  takeAway(relatch, ["location_token"]);
  await installAgency(relatch);
  assert.deepEqual(await takeAll(), before);

  bringBack(relatch);
  await passTime(relatch, 60);
  const after = await takeAll();
  assert.equal(new Set([...before, ...after]).size, 2 * ids.length);
});

Deno.test("a token from before an uninstall is not given for the location when its agency has ticked it again", async () => {
  await using relatch = await createInstalled();
  const { simulator } = relatch;
  simulator.switches.accessTokensAfterUninstall = "dead";
  const before = await takeToken(relatch);
  await passTime(relatch, HOUR_SECONDS);
  simulator.uninstall({ locationId: LOCATION_ID });
  await passTime(relatch, 2);
  // The code of it never arrives.
  simulator.issueCode({ installer: "agency", companyId: COMPANY_ID, locationIds: "all" });
  await settle(relatch);
  // What HighLevel lists by then is the new install.
  assert.deepEqual(await locationHistory(relatch), ["covered listed"]);
  assert.notEqual(await takeToken(relatch), before);
});

Deno.test("an agency's token that HighLevel does not mint with is renewed once, and not for each location", async () => {
  const refuse: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    return new URL(request.url).pathname === "/oauth/locationToken"
      ? Response.json({ statusCode: 401, message: "Invalid JWT" }, { status: 401 })
      : await relatch.simulator.app.fetch(request);
  };
  await using relatch = await createAgencyRelatch(postgres, { upkeep: { fetch: refuse } });
  const ids = addLocations(relatch, 20);
  await installAgency(relatch);
  await settle(relatch);
  await passTime(relatch, HOUR_SECONDS);
  for (const locationId of ids) {
    assert.equal((await askToken(relatch, { locationId })).ok, false);
    await passTime(relatch, 6);
  }
  assert.equal(refreshCalls(relatch), 1);
});

Deno.test("an agency's key gets no token of a location whose renewed token belongs to another agency", async () => {
  let hasMoved = false;
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    const response = await relatch.simulator.app.fetch(request);
    if (!hasMoved || new URL(request.url).pathname !== "/oauth/token") return response;
    return Response.json({ ...await response.json(), companyId: OTHER_COMPANY });
  };
  await using relatch = await createAgencyRelatch(postgres, { dependencies: { fetch } });
  const { id } = await install(relatch, LOCATION_ID);
  await settle(relatch);
  const statusFor = async (companyId: string): Promise<number> => {
    const { text } = await makeKey(relatch, { kind: "company", id: companyId });
    const response = await askWithKey(relatch, locationTokenPath(LOCATION_ID), text);
    await response.body?.cancel();
    return response.status;
  };
  assert.deepEqual([await statusFor(COMPANY_ID), await statusFor(OTHER_COMPANY)], [200, 404]);
  hasMoved = true;
  await makeDue(relatch.database, [id]);
  await settle(relatch);
  assert.deepEqual([await statusFor(COMPANY_ID), await statusFor(OTHER_COMPANY)], [404, 200]);
});

Deno.test("createTokenSource() gives the minted token when the location's own one takes too long", async () => {
  const clock = createVirtualClock();
  const minted = createFakeRotator({ answer: () => success({ ...LIVE_TOKEN, accessToken: "minted" }) });
  const own = { ...createFakeRotator(), liveToken: () => new Promise<never>(() => {}) };
  const token = await createTokenSource({ own, minted, clock, requiredScopes: [] }).liveToken("id", 60);
  assert.equal(token.ok && token.value.accessToken, "minted");
  assert.deepEqual(minted.asked, [["id", 60]]);
  assert.equal(clock.monotonic(), 2500);
});

const REFUSALS:
  readonly (readonly [TokenRefusal["reason"], TokenRefusal["reason"], TokenRefusal["reason"]])[] = [
    ["not_connected", "location_paused", "location_paused"],
    ["location_paused", "reconnect_required", "location_paused"],
    ["reconnect_required", "refresh_failing", "refresh_failing"],
    ["reconnect_required", "not_connected", "reconnect_required"],
    ["not_connected", "not_connected", "not_connected"],
  ];

function refusal(reason: TokenRefusal["reason"]): TokenRefusal {
  return reason === "refresh_failing" ? { reason, retryAfterSeconds: 7 } : { reason };
}

for (const [ofOwn, ofMinted, better] of REFUSALS) {
  Deno.test(`createTokenSource() makes "${better}" of "${ofOwn}" and "${ofMinted}"`, async () => {
    const own = createFakeRotator({ answer: () => failure(refusal(ofOwn)) });
    const minted = createFakeRotator({ answer: () => failure(refusal(ofMinted)) });
    const clock = createVirtualClock();
    const answer = await createTokenSource({ own, minted, clock, requiredScopes: [] }).liveToken("id", 60);
    assert.deepEqual(answer, failure(refusal(better)));
  });
}

Deno.test("createTokenSource() lets callers know a database that goes away between its two questions", async () => {
  const own = createFakeRotator({ answer: () => failure(refusal("not_connected")) });
  const away = () => Promise.reject(new DatabaseTimeout("Cannot read the minted token"));
  const minted = { ...createFakeRotator(), liveToken: away };
  const source = createTokenSource({ own, minted, clock: createVirtualClock(), requiredScopes: [] });
  await assert.rejects(() => source.liveToken("id", 60), isDatabaseUnavailable);
});

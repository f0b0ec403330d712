/** A wish to disconnect that HighLevel refuses: what ends it, what does not, and what a person is told. */
import assert from "node:assert/strict";
import { connectionPath } from "#shared/endpoints.ts";
import { installAgency } from "../../support/agency_stage.ts";
import {
  askToken,
  assertTrue,
  bringBack,
  callsOf,
  connectAgency,
  connectionOf,
  createAgencyRelatch,
  failRenewals,
  isWiped,
  live,
  locationHistory,
  setSecret,
  settle,
  stateOf,
  statusOf,
  takeAway,
  WITHOUT_WRITE,
} from "../../support/agency_scenes.ts";
import {
  expireTokens,
  install,
  lookOnce,
  makeDue,
  passTime,
  refreshCalls,
} from "../../support/rotation_stage.ts";
import { testPostgresForFile } from "../../support/test_postgres.ts";
import { LOCATION_ID, type TestRelatch, type TestRelatchOptions } from "../../support/test_relatch.ts";
import { createVirtualClock } from "../../support/virtual_clock.ts";

Deno.test.sanitizer({ ops: true, resources: true });
const postgres = testPostgresForFile();

const DEAD_TOKEN = [401, "Invalid JWT"] as const;
const NO_ACCESS = [403, "The token does not have access to this location."] as const;
const DAY_SECONDS = 24 * 3600;

interface Refusing {
  readonly relatch: TestRelatch;
  /** The next `times` removals are refused. */
  refuse(times: number, answer?: readonly [number, string]): void;
}

async function withRefusals(
  work: (refusing: Refusing) => Promise<void>,
  options: Pick<TestRelatchOptions, "settings" | "rotation"> = {},
): Promise<void> {
  let left = 0;
  let [status, message]: readonly [number, string] = DEAD_TOKEN;
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    if (request.method !== "DELETE" || left === 0) return await relatch.simulator.app.fetch(request);
    left--;
    return Response.json({ statusCode: status, message }, { status });
  };
  await using relatch = await createAgencyRelatch(postgres, { dependencies: { fetch }, ...options });
  const refuse: Refusing["refuse"] = (times, answer = DEAD_TOKEN) => {
    left = times;
    [status, message] = answer;
  };
  await work({ relatch, refuse });
}

async function tryOften({ database, ...relatch }: TestRelatch, times: number): Promise<void> {
  for (let tries = 0; tries < times; tries++) {
    await database`UPDATE connections SET removal_due_at = now() WHERE removal_due_at IS NOT NULL`;
    await settle({ database, ...relatch });
  }
}

Deno.test("an agency whose access token is refused is not forgotten while HighLevel takes its refresh token", async () => {
  await withRefusals(async ({ relatch, refuse }) => {
    const id = await installAgency(relatch);
    await settle(relatch);
    await passTime(relatch, 60);
    const renewals = refreshCalls(relatch);
    refuse(14);
    assert.equal(await relatch.upkeep.disconnect(id), "pending");
    assert.equal(refreshCalls(relatch), renewals + 1);
    await live(relatch, { seconds: 900, step: 60 });
    assert.equal(await isWiped(relatch, id), false);
    refuse(0);
    await live(relatch, { seconds: 3600, step: 300 });
    assert.ok(await isWiped(relatch, id));
    await assertTrue(relatch);
  });
});

Deno.test("a person who disconnects again and again does not bring a wish to its end", async () => {
  await withRefusals(async ({ relatch, refuse }) => {
    const { id } = await install(relatch, LOCATION_ID);
    await settle(relatch);
    refuse(20);
    for (let clicks = 0; clicks < 5; clicks++) {
      assert.equal(await relatch.upkeep.disconnect(id), "pending");
    }
    refuse(0);
    assert.equal(await relatch.upkeep.disconnect(id), "removed");
    await assertTrue(relatch);
  });
});

Deno.test("a wish that waited for HighLevel does not end with the first refusal of its access token", async () => {
  await withRefusals(async ({ relatch, refuse }) => {
    const { id } = await install(relatch, LOCATION_ID);
    await settle(relatch);
    takeAway(relatch, ["uninstall"]);
    assert.equal(await relatch.upkeep.disconnect(id), "pending");
    await live(relatch, { seconds: 240, step: 30 });
    bringBack(relatch);
    refuse(2);
    await live(relatch, { seconds: 3600, step: 120 });
    assert.equal((await locationHistory(relatch)).at(-1), "disconnected removed");
    await assertTrue(relatch);
  });
});

Deno.test("a wish ends when HighLevel refuses the access token and then the refresh token", async () => {
  await withRefusals(async ({ relatch, refuse }) => {
    const { id } = await install(relatch, LOCATION_ID);
    await settle(relatch);
    await passTime(relatch, 60);
    relatch.simulator.switches.uninstalledRefresh = "invalid_grant";
    relatch.simulator.endInstalls({ resourceId: LOCATION_ID, reason: "revoked" });
    refuse(20);
    assert.equal(await relatch.upkeep.disconnect(id), "forgotten");
    assert.ok(await isWiped(relatch, id));
  });
});

Deno.test("a wish does not end for a wrong secret, although access tokens are refused as well", async () => {
  const clock = createVirtualClock();
  await withRefusals(async ({ relatch, refuse }) => {
    const { id } = await install(relatch, LOCATION_ID);
    const other = await install(relatch, relatch.simulator.settings.locations[1]?.id ?? "");
    await settle(relatch);
    await passTime(relatch, 60);
    setSecret(relatch, "wrong");
    await makeDue(relatch.database, [other.id]);
    await lookOnce(relatch);
    refuse(100);
    assert.equal(await relatch.upkeep.disconnect(id), "pending");
    await live(relatch, { seconds: 7200, step: 300, clock });
    assert.equal(await isWiped(relatch, id), false);
    setSecret(relatch, "right");
    refuse(0);
    await live(relatch, { seconds: 7200, step: 300, clock });
    assert.ok(await isWiped(relatch, id));
    await assertTrue(relatch);
  }, { rotation: { clock } });
});

Deno.test("a day of other failures does not count as one in which no access token could be had", async () => {
  await withRefusals(async ({ relatch }) => {
    const { id } = await install(relatch, LOCATION_ID);
    await settle(relatch);
    takeAway(relatch, ["uninstall"]);
    assert.equal(await relatch.upkeep.disconnect(id), "pending");
    await tryOften(relatch, 15);
    await passTime(relatch, DAY_SECONDS + 3600);
    await tryOften(relatch, 15);
    bringBack(relatch);
    relatch.simulator.faults.next({ route: "token", grantType: "refresh_token", kind: "rate_limited" });
    await makeDue(relatch.database, [id]);
    await expireTokens(relatch.database, [id]);
    await tryOften(relatch, 1);
    assert.equal(await isWiped(relatch, id), false);
    await live(relatch, { seconds: 7200, step: 300 });
    assert.equal((await locationHistory(relatch)).at(-1), "disconnected removed");
    await assertTrue(relatch);
  });
});

Deno.test("a person who disconnects again does not wait for the next renewal either", async () => {
  await withRefusals(async ({ relatch }) => {
    const { database, upkeep } = relatch;
    const { id } = await install(relatch, LOCATION_ID);
    await settle(relatch);
    await failRenewals(relatch, id);
    await passTime(relatch, 8);
    assert.equal(await upkeep.disconnect(id), "pending");
    bringBack(relatch);
    await passTime(relatch, 8);
    await database`UPDATE connections SET next_refresh_at = now() + interval '10 minutes' WHERE id = ${id}`;
    const renewals = refreshCalls(relatch);
    await tryOften(relatch, 1);
    assert.equal(refreshCalls(relatch), renewals, "The background waits");
    assert.equal(await upkeep.disconnect(id), "removed");
    await assertTrue(relatch);
  });
});

async function disconnect(
  { app }: TestRelatch,
  { id, token }: { id: string; token: string },
): Promise<{ status: number; code: string; message: string }> {
  const headers = { authorization: `Bearer ${token}` };
  const response = await app.request(connectionPath(id), { method: "DELETE", headers });
  const { error } = await response.json();
  return { status: response.status, code: error.code, message: error.message };
}

Deno.test("a location whose agency may not uninstall stays, and somebody of the agency is told why", async () => {
  await withRefusals(async ({ relatch, refuse }) => {
    const { token } = await connectAgency(relatch, { locationIds: "all" });
    const id = await connectionOf(relatch);
    await settle(relatch);
    refuse(1, NO_ACCESS);
    const { status, code, message } = await disconnect(relatch, { id, token });
    assert.deepEqual([status, code], [403, "removal_refused"]);
    assert.match(message, /does not let the agency's install .*connect the agency again/);
    assert.deepEqual((await locationHistory(relatch)).slice(-2), [
      "removal_requested disconnected",
      "covered removal_refused",
    ]);
    assert.equal(await stateOf(relatch), "connected company");
    await live(relatch, { seconds: 7200, step: 600 });
    assert.equal(callsOf(relatch, "uninstall"), 0);
    await assertTrue(relatch);
  });
});

Deno.test("a wish for a location whose agency lacks the permission does not hide what it lacks", async () => {
  await withRefusals(async ({ relatch }) => {
    await installAgency(relatch);
    await settle(relatch);
    const id = await connectionOf(relatch);
    assert.equal((await askToken(relatch)).ok, false);
    const before = await statusOf(relatch);
    assert.equal(before.problem?.code, "scope_missing");
    assert.equal(await relatch.upkeep.disconnect(id), "refused");
    assert.deepEqual(await statusOf(relatch), before);
    assert.equal((await locationHistory(relatch)).at(-1), "reconnect_required scope_missing");
  }, { settings: WITHOUT_WRITE });
});

Deno.test("a wish for a location of an agency is over after a day without any access token, and the location stays", async () => {
  await withRefusals(async ({ relatch }) => {
    const agencyId = await installAgency(relatch);
    await settle(relatch);
    const id = await connectionOf(relatch);
    const { upkeep } = relatch;
    await failRenewals(relatch, agencyId);
    assert.equal(await upkeep.disconnect(id), "pending");
    await tryOften(relatch, 30);
    assert.equal((await statusOf(relatch)).problem?.code, "removal_pending");
    await passTime(relatch, DAY_SECONDS);
    await tryOften(relatch, 1);
    assert.equal((await statusOf(relatch)).problem?.code, "rate_limited");
    await assertTrue(relatch);
  });
});

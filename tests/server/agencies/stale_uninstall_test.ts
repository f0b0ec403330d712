/** An UNINSTALL from before the present install, whose refresh token is refused by now: what lives is asked before it is ended. */
import assert from "node:assert/strict";
import {
  createAgencyRelatch,
  deliver,
  isWiped,
  locationHistory,
  settle,
  stateOf,
  takeToken,
  WITHOUT_DETAILS,
} from "../../support/agency_scenes.ts";
import { expireTokens, install, passTime } from "../../support/rotation_stage.ts";
import { testPostgresForFile } from "../../support/test_postgres.ts";
import { LOCATION_ID, type TestRelatch } from "../../support/test_relatch.ts";

Deno.test.sanitizer({ ops: true, resources: true });
const postgres = testPostgresForFile();

interface Refused extends TestRelatch {
  readonly id: string;
}

/** An install of an hour ago whose refresh token HighLevel refuses, and whose access token lives for most of a day. */
async function createRefused(settings: Readonly<Record<string, string>> = {}): Promise<Refused> {
  const relatch = await createAgencyRelatch(postgres, { settings });
  const { id } = await install(relatch, LOCATION_ID);
  await settle(relatch);
  await passTime(relatch, 3600);
  await relatch.database`
    UPDATE connections SET
      problem_code = 'refresh_token_rejected', problem_since = now(), next_refresh_at = NULL, failures = 1
    WHERE id = ${id}`;
  return { ...relatch, id };
}

async function tellUninstall(relatch: Refused, secondsAgo: number): Promise<void> {
  const timestamp = new Date(relatch.simulator.clock.now() - secondsAgo * 1000).toISOString();
  await deliver(relatch, { type: "UNINSTALL", locationId: LOCATION_ID, timestamp });
  await settle(relatch);
}

for (const settings of [{}, WITHOUT_DETAILS]) {
  const scopes = settings === WITHOUT_DETAILS ? "without" : "with";
  Deno.test(`a living access token outlives an UNINSTALL from before the install (${scopes} details)`, async () => {
    await using relatch = await createRefused(settings);
    const token = await takeToken(relatch);
    await tellUninstall(relatch, 7200);
    assert.equal(await stateOf(relatch), "reconnect_required location");
    assert.equal(await takeToken(relatch), token);
    assert.deepEqual(await locationHistory(relatch), ["connected marketplace_install"]);
  });
}

Deno.test("an UNINSTALL from before the install is followed up: HighLevel says with the access token that it is gone", async () => {
  await using relatch = await createRefused();
  relatch.simulator.webhooks.orders.disorder({ loss: 1 });
  relatch.simulator.uninstall({ locationId: LOCATION_ID });
  await tellUninstall(relatch, 7200);
  assert.equal(await stateOf(relatch), "not_connected null");
  assert.ok(await isWiped(relatch, relatch.id));
});

Deno.test("an UNINSTALL from before the install ends what has no living token", async () => {
  await using relatch = await createRefused();
  await expireTokens(relatch.database, [relatch.id]);
  await tellUninstall(relatch, 7200);
  assert.ok(await isWiped(relatch, relatch.id));
});

Deno.test("an UNINSTALL since the install ends it at once", async () => {
  await using relatch = await createRefused();
  await tellUninstall(relatch, 60);
  assert.ok(await isWiped(relatch, relatch.id));
  assert.equal((await locationHistory(relatch)).at(-1), "disconnected uninstall_webhook");
});

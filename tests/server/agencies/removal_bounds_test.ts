/** A wish to disconnect that HighLevel has not confirmed: how far it reaches, and when it ends without HighLevel's word. */
import assert from "node:assert/strict";
import { connectionPath } from "#shared/endpoints.ts";
import { suspectUninstall } from "../../../server/connections/suspect_uninstall.ts";
import { installAgency } from "../../support/agency_stage.ts";
import {
  assertTrue,
  bringBack,
  callsOf,
  connectionOf,
  createAgencyRelatch,
  failRenewals,
  isWiped,
  live,
  locationHistory,
  settle,
  stateOf,
  takeAway,
  takeToken,
} from "../../support/agency_scenes.ts";
import { install, passTime, viewRow } from "../../support/rotation_stage.ts";
import { testPostgresForFile } from "../../support/test_postgres.ts";
import { connect, LOCATION_ID, type TestRelatch } from "../../support/test_relatch.ts";
import { createVirtualClock } from "../../support/virtual_clock.ts";

Deno.test.sanitizer({ ops: true, resources: true });
const postgres = testPostgresForFile();

const isCovered = ({ simulator }: TestRelatch): boolean =>
  simulator.truth().locations.some(({ locationId, covered }) => locationId === LOCATION_ID && covered);

Deno.test("an agency that is connected again takes back the wish to disconnect one of its locations", async () => {
  await using relatch = await createAgencyRelatch(postgres);
  await installAgency(relatch);
  await settle(relatch);
  const id = await connectionOf(relatch);
  takeAway(relatch, ["uninstall"]);
  assert.equal(await relatch.upkeep.disconnect(id), "pending");
  bringBack(relatch);
  await passTime(relatch, 2);
  await installAgency(relatch);
  await live(relatch, { seconds: 600, step: 60 });
  assert.ok(isCovered(relatch));
  assert.equal(callsOf(relatch, "uninstall"), 1);
  assert.equal(await stateOf(relatch), "connected company");
  await takeToken(relatch);
  await assertTrue(relatch);
});

Deno.test("a wish of somebody of a location that waits does not take away what the agency installs meanwhile", async () => {
  await using relatch = await createAgencyRelatch(postgres);
  const { token, connection } = await connect(relatch);
  await settle(relatch);
  const disconnect = async (): Promise<number> => {
    const response = await relatch.app.request(connectionPath(connection.connectionId ?? ""), {
      method: "DELETE",
      headers: { authorization: `Bearer ${token}` },
    });
    await response.body?.cancel();
    return response.status;
  };
  takeAway(relatch, ["uninstall"]);
  assert.equal(await disconnect(), 202);
  bringBack(relatch);
  await installAgency(relatch);
  await settle(relatch);
  // Asked again, the person is told that it takes somebody of the agency.
  assert.equal(await disconnect(), 403);
  await live(relatch, { seconds: 600, step: 60 });
  assert.ok(isCovered(relatch));
  assert.equal(callsOf(relatch, "uninstall"), 1);
  await takeToken(relatch);
  await assertTrue(relatch);
});

Deno.test("who takes back a wish for a location does not say whether its own install is there", async () => {
  await using relatch = await createAgencyRelatch(postgres);
  const { simulator, database } = relatch;
  const { connection } = await connect(relatch);
  const connectionId = connection.connectionId ?? "";
  await settle(relatch);
  takeAway(relatch, ["uninstall"]);
  assert.equal(await relatch.upkeep.disconnect(connectionId), "pending");
  bringBack(relatch);
  simulator.endInstalls({ resourceId: LOCATION_ID, reason: "uninstalled" });
  await database.begin((tx) => suspectUninstall(tx, { connectionId, cause: "uninstall_webhook" }));
  await installAgency(relatch);
  await live(relatch, { seconds: 600, step: 60 });
  assert.ok(await isWiped(relatch, connectionId));
  assert.equal(await stateOf(relatch), "connected company");
  await assertTrue(relatch);
});

Deno.test("a removal whose answer is lost is over within an hour where HighLevel takes no token any more", async () => {
  const clock = createVirtualClock();
  await using relatch = await createAgencyRelatch(postgres, { rotation: { clock } });
  const { simulator } = relatch;
  simulator.switches.accessTokensAfterUninstall = "dead";
  simulator.switches.uninstallWebhookAfterDelete = "none";
  const { id } = await install(relatch, LOCATION_ID);
  await settle(relatch);
  await passTime(relatch, 60);
  simulator.faults.next({ route: "api", operation: "uninstall", kind: "lost_answer" });
  assert.equal(await relatch.upkeep.disconnect(id), "pending");
  await live(relatch, { seconds: 3600, step: 60, clock });
  assert.ok(await isWiped(relatch, id));
  assert.equal((await locationHistory(relatch)).at(-1), "disconnected forgotten");
  assert.equal(await stateOf(relatch), "not_connected null");
  await assertTrue(relatch);
});

/** A location whose access token has ended, and whose renewal HighLevel has just refused: the next try comes later. */
async function installFailing(relatch: TestRelatch): Promise<string> {
  const { id } = await install(relatch, LOCATION_ID);
  await settle(relatch);
  await failRenewals(relatch, id);
  await passTime(relatch, 8);
  const { problemCode, isDue } = await viewRow(relatch.database, id);
  assert.deepEqual({ problemCode, isDue }, { problemCode: "rate_limited", isDue: false });
  return id;
}

Deno.test("a person who disconnects does not wait for the next renewal of an access token that has ended", async () => {
  await using relatch = await createAgencyRelatch(postgres);
  const id = await installFailing(relatch);
  bringBack(relatch);
  assert.equal(await relatch.upkeep.disconnect(id), "removed");
  assert.ok(await isWiped(relatch, id));
  await assertTrue(relatch);
});

Deno.test("a wish to disconnect is not given up for want of an access token before a day is over", async () => {
  await using relatch = await createAgencyRelatch(postgres);
  const { database } = relatch;
  const id = await installFailing(relatch);
  assert.equal(await relatch.upkeep.disconnect(id), "pending");
  const tryOften = async (): Promise<void> => {
    for (let tries = 0; tries < 30; tries++) {
      await database`UPDATE connections SET removal_due_at = now() WHERE removal_due_at IS NOT NULL`;
      await settle(relatch);
    }
  };
  await tryOften();
  await passTime(relatch, 23 * 3600);
  await tryOften();
  assert.equal(callsOf(relatch, "uninstall"), 0);
  assert.equal((await locationHistory(relatch)).at(-1), "removal_requested disconnected");
  await passTime(relatch, 2 * 3600);
  await tryOften();
  assert.ok(await isWiped(relatch, id));
  assert.equal((await locationHistory(relatch)).at(-1), "disconnected forgotten");
});

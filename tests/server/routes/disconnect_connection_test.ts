import assert from "node:assert/strict";
import * as v from "valibot";
import { ConnectionStatus } from "#shared/connection_status.ts";
import { companyTokenPath, connectionPath, locationTokenPath } from "#shared/endpoints.ts";
import type { SessionResponse } from "#shared/session.ts";
import { createOpaqueToken } from "../../../server/crypto/opaque_token.ts";
import { COMPANY_ID, coveredLocations, installAgency } from "../../support/agency_stage.ts";
import {
  assertTrue,
  callsOf,
  connectAgency,
  connectionOf,
  createAgencyRelatch,
  isWiped,
  locationHistory,
  setSecret,
  settle,
  stateOf,
  takeAway,
  WITHOUT_WRITE,
} from "../../support/agency_scenes.ts";
import { askWithKey, makeKey } from "../../support/rotated_relatch.ts";
import { expireTokens, historyOf, install } from "../../support/rotation_stage.ts";
import { testPostgresForFile } from "../../support/test_postgres.ts";
import { connect, LOCATION_ID, readStatus, type TestRelatch } from "../../support/test_relatch.ts";

Deno.test.sanitizer({ ops: true, resources: true });
const postgres = testPostgresForFile();

async function disconnect({ app }: TestRelatch, connectionId: string, token?: string): Promise<Response> {
  return await app.request(connectionPath(connectionId), {
    method: "DELETE",
    headers: {
      "x-request-id": "same",
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
  });
}

async function statusIn(response: Response): Promise<ConnectionStatus> {
  return v.parse(ConnectionStatus, await response.json());
}

const idOf = ({ connection }: SessionResponse): string => connection.connectionId ?? "";
const truthOf = ({ simulator }: TestRelatch, id = LOCATION_ID) =>
  simulator.truth().locations.find(({ locationId }) => locationId === id);

async function tokenStatus(relatch: TestRelatch, path: string): Promise<number> {
  const { text } = await makeKey(relatch, { kind: "company", id: COMPANY_ID });
  const response = await askWithKey(relatch, path, text);
  await response.body?.cancel();
  return response.status;
}

Deno.test("DELETE of a location's own install uninstalls it at HighLevel, wipes the tokens and answers 204", async () => {
  await using relatch = await createAgencyRelatch(postgres);
  const session = await connect(relatch);
  const response = await disconnect(relatch, idOf(session), session.token);
  assert.deepEqual([response.status, await response.text()], [204, ""]);
  assert.equal(truthOf(relatch)?.direct, false);
  assert.ok(await isWiped(relatch, idOf(session)));
  assert.equal((await readStatus(relatch.app, session.token)).state, "not_connected");
  assert.deepEqual(await historyOf(relatch.database, idOf(session)), [
    "connected private_flow",
    "removal_requested disconnected",
    "disconnected removed",
  ]);
  assert.equal(await tokenStatus(relatch, locationTokenPath(LOCATION_ID)), 404);
  // HighLevel's own word of it comes afterwards.
  await settle(relatch);
  await assertTrue(relatch);
  assert.equal((await historyOf(relatch.database, idOf(session))).length, 3);
});

Deno.test("DELETE of a covered location by somebody of the location is refused, and nothing happens at HighLevel", async () => {
  await using relatch = await createAgencyRelatch(postgres);
  const session = await connect(relatch);
  await installAgency(relatch);
  await settle(relatch);
  const before = await readStatus(relatch.app, session.token);
  const response = await disconnect(relatch, idOf(session), session.token);
  assert.equal(response.status, 403);
  assert.equal((await response.json()).error.code, "agency_install");
  assert.equal(callsOf(relatch, "uninstall"), 0);
  assert.deepEqual(await readStatus(relatch.app, session.token), before);
  await assertTrue(relatch);
});

Deno.test("DELETE is refused when an agency installs between the look at the session and the wish", async () => {
  await using relatch = await createAgencyRelatch(postgres);
  const { database, simulator } = relatch;
  simulator.switches.directInstallsInCompany = "hidden";
  const session = await connect(relatch);
  const [, other = ""] = simulator.settings.locations.map(({ id }) => id);
  const agencyId = await installAgency(relatch, { locationIds: [other] });
  await settle(relatch);
  const id = idOf(session);
  const answer = await database.begin(async (tx) => {
    await tx`SELECT FROM connections WHERE id = ${id} FOR NO KEY UPDATE`;
    const response = disconnect(relatch, id, session.token);
    await untilSomebodyWaits(relatch);
    await tx`
      INSERT INTO coverages (connection_id, company_connection_id, installed, asked_at)
      VALUES (${id}, ${agencyId}, true, now())`;
    return { response };
  });
  const { status, body } = await answer.response;
  await body?.cancel();
  assert.equal(status, 403);
  assert.equal(callsOf(relatch, "uninstall"), 0);
  assert.equal(truthOf(relatch)?.direct, true);
});

/** Resolves when a query waits for a row that this test holds. */
async function untilSomebodyWaits({ database }: TestRelatch): Promise<void> {
  const waiting = () =>
    database`
      SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
  while ((await waiting()).length === 0);
}

Deno.test("DELETE of a location that its agency only sees claims nothing of an install of the agency there", async () => {
  await using relatch = await createAgencyRelatch(postgres);
  const session = await connect(relatch);
  const [, other = ""] = relatch.simulator.settings.locations.map(({ id }) => id);
  await installAgency(relatch, { locationIds: [other] });
  await settle(relatch);
  assert.equal(truthOf(relatch)?.covered, false);
  const response = await disconnect(relatch, idOf(session), session.token);
  const { error } = await response.json();
  assert.deepEqual([response.status, error.code], [403, "agency_install"]);
  assert.match(error.message, /among those of an agency's install, as HighLevel lists them/);
});

Deno.test("DELETE of one covered location by somebody of the agency removes it from that location alone", async () => {
  await using relatch = await createAgencyRelatch(postgres);
  const session = await connectAgency(relatch, { locationIds: "all" });
  const connectionId = await connectionOf(relatch);
  const response = await disconnect(relatch, connectionId, session.token);
  assert.equal(response.status, 204);
  assert.equal(truthOf(relatch)?.covered, false);
  await assertTrue(relatch);
  assert.equal((await coveredLocations(relatch)).length, 2);
  assert.ok(await isWiped(relatch, connectionId));
  assert.deepEqual(await locationHistory(relatch), [
    "covered listed",
    "removal_requested disconnected",
    "uncovered removed",
  ]);
  await settle(relatch);
  await assertTrue(relatch);
});

Deno.test("DELETE of the agency removes it from all of its locations", async () => {
  await using relatch = await createAgencyRelatch(postgres);
  const session = await connectAgency(relatch, { locationIds: "all" });
  await install(relatch, LOCATION_ID);
  const response = await disconnect(relatch, idOf(session), session.token);
  assert.equal(response.status, 204);
  assert.equal(relatch.simulator.truth().companies[0]?.installed, false);
  assert.deepEqual(await coveredLocations(relatch), []);
  await settle(relatch);
  await assertTrue(relatch);
  for (const { id } of relatch.simulator.settings.locations) {
    assert.ok(await isWiped(relatch, await connectionOf(relatch, id)));
  }
});

Deno.test("DELETE of a location with two installs by somebody of the agency ends both", async () => {
  await using relatch = await createAgencyRelatch(postgres);
  const session = await connectAgency(relatch, { locationIds: "all" });
  await install(relatch, LOCATION_ID);
  assert.equal((await disconnect(relatch, await connectionOf(relatch), session.token)).status, 204);
  assert.equal(await stateOf(relatch), "not_connected null");
  await assertTrue(relatch);
});

Deno.test("DELETE of a location whose own install is dead goes through its agency's", async () => {
  await using relatch = await createAgencyRelatch(postgres);
  const session = await connectAgency(relatch, { locationIds: "all" });
  const { id } = await install(relatch, LOCATION_ID);
  relatch.simulator.endInstalls({ resourceId: LOCATION_ID, reason: "revoked" });
  await expireTokens(relatch.database, [id]);
  assert.equal((await disconnect(relatch, id, session.token)).status, 204);
  assert.equal(truthOf(relatch)?.listed, false);
  await assertTrue(relatch);
});

Deno.test("DELETE while HighLevel is away answers 202, and integrations get no token from then on", async () => {
  await using relatch = await createAgencyRelatch(postgres);
  const session = await connect(relatch);
  takeAway(relatch);
  const response = await disconnect(relatch, idOf(session), session.token);
  assert.equal(response.status, 202);
  const { state, problem } = await statusIn(response);
  assert.deepEqual([state, problem?.code], ["degraded", "removal_pending"]);
  assert.ok(problem?.retryAt !== null);
  assert.equal(await tokenStatus(relatch, locationTokenPath(LOCATION_ID)), 404);
  assert.equal((await readStatus(relatch.app, session.token)).problem?.code, "removal_pending");
});

Deno.test("DELETE of an agency while HighLevel is away keeps the tokens of its locations back as well", async () => {
  await using relatch = await createAgencyRelatch(postgres);
  const session = await connectAgency(relatch, { locationIds: "all" });
  assert.equal(await tokenStatus(relatch, locationTokenPath(LOCATION_ID)), 200);
  takeAway(relatch);
  assert.equal((await disconnect(relatch, idOf(session), session.token)).status, 202);
  assert.equal(await tokenStatus(relatch, companyTokenPath(COMPANY_ID)), 404);
  assert.equal(await tokenStatus(relatch, locationTokenPath(LOCATION_ID)), 404);
  assert.equal((await readStatus(relatch.app, session.token)).problem?.code, "removal_pending");
});

Deno.test("DELETE with tokens that HighLevel takes no more wipes them, and says that HighLevel was not told", async () => {
  await using relatch = await createAgencyRelatch(postgres);
  relatch.simulator.switches.uninstalledRefresh = "invalid_grant";
  const session = await connect(relatch);
  relatch.simulator.endInstalls({ resourceId: LOCATION_ID, reason: "revoked" });
  await expireTokens(relatch.database, [idOf(session)]);
  const response = await disconnect(relatch, idOf(session), session.token);
  assert.equal(response.status, 200);
  assert.equal((await statusIn(response)).state, "not_connected");
  assert.ok(await isWiped(relatch, idOf(session)));
  assert.equal((await historyOf(relatch.database, idOf(session))).at(-1), "disconnected forgotten");
});

Deno.test("DELETE of an install that was never granted to uninstall itself wipes the tokens", async () => {
  await using relatch = await createAgencyRelatch(postgres, { settings: WITHOUT_WRITE });
  const session = await connect(relatch);
  const response = await disconnect(relatch, idOf(session), session.token);
  assert.equal(response.status, 200);
  assert.equal((await statusIn(response)).state, "not_connected");
  assert.ok(await isWiped(relatch, idOf(session)));
  assert.equal(truthOf(relatch)?.direct, true);
});

Deno.test("DELETE while the app's secret is wrong waits: nothing is wiped that HighLevel was not told of", async () => {
  await using relatch = await createAgencyRelatch(postgres);
  const session = await connect(relatch);
  await expireTokens(relatch.database, [idOf(session)]);
  setSecret(relatch, "wrong");
  assert.equal((await disconnect(relatch, idOf(session), session.token)).status, 202);
  assert.equal(await isWiped(relatch, idOf(session)), false);
});

for (const repeatedUninstall of ["refused", "succeeds"] as const) {
  Deno.test(`DELETE of what was uninstalled already is done, too (${repeatedUninstall} at HighLevel)`, async () => {
    await using relatch = await createAgencyRelatch(postgres);
    relatch.simulator.switches.repeatedUninstall = repeatedUninstall;
    const session = await connect(relatch);
    relatch.simulator.webhooks.orders.next({ kind: "lose" });
    relatch.simulator.uninstall({ locationId: LOCATION_ID });
    assert.equal((await disconnect(relatch, idOf(session), session.token)).status, 204);
    assert.ok(await isWiped(relatch, idOf(session)));
  });
}

Deno.test("DELETE of what is not there, or was not granted, is answered alike", async () => {
  await using relatch = await createAgencyRelatch(postgres);
  const session = await connect(relatch);
  const other = await install(relatch, relatch.simulator.settings.locations[1]?.id ?? "");
  const answers = new Set<string>();
  await disconnect(relatch, idOf(session), session.token);
  for (const id of [other.id, crypto.randomUUID(), idOf(session)]) {
    const response = await disconnect(relatch, id, session.token);
    answers.add(`${response.status} ${await response.text()}`);
  }
  assert.equal(answers.size, 1);
  assert.match([...answers][0] ?? "", /^404 .*"code":"not_found"/);
  assert.equal(await isWiped(relatch, other.id), false);
});

Deno.test("DELETE asks for a live session and an id that can be one", async () => {
  await using relatch = await createAgencyRelatch(postgres);
  const session = await connect(relatch);
  for (const token of [undefined, createOpaqueToken(), `${session.token}x`]) {
    assert.equal((await disconnect(relatch, idOf(session), token)).status, 401);
  }
  assert.equal((await disconnect(relatch, "not-an-id", session.token)).status, 400);
  assert.equal(await isWiped(relatch, idOf(session)), false);
});

Deno.test("DELETE twice at the same time ends as once", async () => {
  await using relatch = await createAgencyRelatch(postgres);
  const session = await connect(relatch);
  const responses = await Promise.all(
    [1, 2].map(() => disconnect(relatch, idOf(session), session.token)),
  );
  for (const { status } of responses) assert.ok(status === 204 || status === 404, `${status}`);
  assert.ok(await isWiped(relatch, idOf(session)));
  const history = await historyOf(relatch.database, idOf(session));
  assert.deepEqual(history, [
    "connected private_flow",
    "removal_requested disconnected",
    "disconnected removed",
  ]);
});

/** A session that was granted a connection before its tokens were wiped: an install of somebody else is not what it was granted. */
import assert from "node:assert/strict";
import * as v from "valibot";
import { ConnectionEvents } from "#shared/connection_events.ts";
import {
  AGENCY_DOMAINS_PATH,
  connectionEventsPath,
  connectionPath,
  connectionRefreshPath,
  CONNECTIONS_PATH,
} from "#shared/endpoints.ts";
import { COMPANY_ID, installAgency } from "../../support/agency_stage.ts";
import {
  connectAgency,
  connectionOf,
  createAgencyRelatch,
  settle,
  stateOf,
} from "../../support/agency_scenes.ts";
import { historyOf, install, passTime } from "../../support/rotation_stage.ts";
import { testPostgresForFile } from "../../support/test_postgres.ts";
import {
  authorize,
  connect,
  createAttempt,
  LOCATION_ID,
  postSession,
  readStatus,
  type TestRelatch,
} from "../../support/test_relatch.ts";

Deno.test.sanitizer({ ops: true, resources: true });
const postgres = testPostgresForFile();

type Kind = "location" | "agency";
const KINDS: readonly Kind[] = ["location", "agency"];

interface Ended extends TestRelatch {
  /** Of the person who connected at first. */
  readonly token: string;
  /** What that person connected. */
  readonly grantedId: string;
}

/** A person connected, the app was uninstalled, and a day passed. */
async function createEnded(kind: Kind): Promise<Ended> {
  const relatch = await createAgencyRelatch(postgres);
  const [company] = relatch.simulator.settings.companies;
  if (company !== undefined) {
    company.whitelabel = { domain: "app.northlight.example", logoUrl: "https://x.example" };
  }
  const { token, connection } = kind === "location" ? await connect(relatch) : await connectAgency(relatch);
  await settle(relatch);
  await passTime(relatch, 3600);
  relatch.simulator.uninstall(kind === "location" ? { locationId: LOCATION_ID } : { companyId: COMPANY_ID });
  await settle(relatch);
  assert.equal(await stateOf(relatch), "not_connected null");
  await passTime(relatch, 86_400);
  return { ...relatch, token, grantedId: connection.connectionId ?? "" };
}

/** Somebody else installs the app from the marketplace. */
async function installAnew(relatch: TestRelatch, kind: Kind): Promise<void> {
  relatch.simulator.settings.userId = "SomebodyElse00000001";
  if (kind === "location") await install(relatch, LOCATION_ID);
  else await installAgency(relatch);
  await settle(relatch);
  assert.equal(await stateOf(relatch), `connected ${kind === "location" ? "location" : "company"}`);
}

async function ask({ app, token }: Ended, path: string, method = "GET"): Promise<Response> {
  return await app.request(path, { method, headers: { authorization: `Bearer ${token}` } });
}

async function answerOf(response: Promise<Response>): Promise<[number, unknown]> {
  const { status, ...answer } = await response.then(async (r) => ({
    status: r.status,
    body: await r.json(),
  }));
  return [status, answer.body];
}

async function eventsFor(relatch: Ended, connectionId: string): Promise<string[]> {
  const response = await ask(relatch, connectionEventsPath(connectionId));
  assert.equal(response.status, 200);
  return v.parse(ConnectionEvents, await response.json()).events.map(({ event, cause }) =>
    `${event} ${cause}`
  );
}

for (const before of KINDS) {
  for (const after of KINDS) {
    Deno.test(`a session of the ${before} from before an uninstall gets nothing from an install in the marketplace (${after})`, async () => {
      await using relatch = await createEnded(before);
      await installAnew(relatch, after);
      assert.equal((await readStatus(relatch.app, relatch.token)).state, "not_connected");
      assert.deepEqual(await answerOf(ask(relatch, CONNECTIONS_PATH)), [200, {
        connections: [],
        nextCursor: null,
      }]);
      for (const state of ["connected", "degraded", "paused", "reconnect_required"]) {
        const [status, page] = await answerOf(ask(relatch, `${CONNECTIONS_PATH}?state=${state}`));
        assert.deepEqual([status, page], [200, { connections: [], nextCursor: null }], state);
      }
      assert.deepEqual(await answerOf(ask(relatch, AGENCY_DOMAINS_PATH)), [200, { domains: [] }]);
      for (const id of [await connectionOf(relatch), relatch.grantedId]) {
        for (const [method, path] of [["DELETE", connectionPath(id)], ["POST", connectionRefreshPath(id)]]) {
          const [status] = await answerOf(ask(relatch, path ?? "", method));
          assert.equal(status, 404, `${method} ${path}`);
        }
      }
      assert.notEqual(await stateOf(relatch), "not_connected null");
    });
  }
}

Deno.test("a session from before an uninstall sees no trouble of the install after it", async () => {
  await using relatch = await createEnded("agency");
  await installAnew(relatch, "agency");
  await relatch.database`
    UPDATE connections SET problem_code = 'refresh_token_rejected', problem_since = now()
    WHERE refresh_token IS NOT NULL`;
  await relatch.database`
    UPDATE coverages SET problem_code = 'location_inactive', problem_since = now() WHERE installed`;
  for (const state of ["degraded", "paused", "reconnect_required"]) {
    const answer = await answerOf(ask(relatch, `${CONNECTIONS_PATH}?state=${state}`));
    assert.deepEqual(answer, [200, { connections: [], nextCursor: null }]);
  }
});

for (const kind of KINDS) {
  Deno.test(`the history of what a session was granted ends for it with the uninstall (${kind})`, async () => {
    await using relatch = await createEnded(kind);
    const ended = await historyOf(relatch.database, relatch.grantedId);
    assert.deepEqual(await eventsFor(relatch, relatch.grantedId), ended.toReversed());
    await installAnew(relatch, kind);
    assert.ok((await historyOf(relatch.database, relatch.grantedId)).length > ended.length);
    assert.deepEqual(await eventsFor(relatch, relatch.grantedId), ended.toReversed());
  });

  Deno.test(`a person who connects again sees everything again, in the same session (${kind})`, async () => {
    await using relatch = await createEnded(kind);
    await installAnew(relatch, kind);
    const { token } = relatch;
    if (kind === "location") await connect(relatch, { token });
    else await connectAgency(relatch, { token });
    await settle(relatch);
    assert.equal((await readStatus(relatch.app, token)).state, "connected");
    const whole = await historyOf(relatch.database, relatch.grantedId);
    assert.deepEqual(await eventsFor(relatch, relatch.grantedId), whole.toReversed());
  });
}

Deno.test("an agency's grant goes on for a location whose own install was removed", async () => {
  await using relatch = await createAgencyRelatch(postgres);
  const { token } = await connectAgency(relatch);
  await settle(relatch);
  const { token: ofLocation } = await connect(relatch);
  await settle(relatch);
  const id = await connectionOf(relatch);
  await relatch.database`
    UPDATE connections SET refresh_token = NULL, access_token = NULL, wiped_at = now() WHERE id = ${id}`;
  assert.equal((await readStatus(relatch.app, token)).state, "connected");
  assert.equal((await readStatus(relatch.app, ofLocation)).state, "not_connected");
});

Deno.test("a grant code from before an uninstall opens nothing that was installed afterwards", async () => {
  await using relatch = await createAgencyRelatch(postgres);
  const attempt = createAttempt();
  const returned = await authorize(relatch.createBrowser(), attempt);
  relatch.simulator.uninstall({ locationId: LOCATION_ID });
  await settle(relatch);
  await install(relatch, LOCATION_ID);
  const code = returned.searchParams.get("code");
  const response = await postSession(relatch.app, { code, codeVerifier: attempt.codeVerifier });
  assert.deepEqual([response.status, (await response.json()).error.code], [400, "invalid_grant"]);
});

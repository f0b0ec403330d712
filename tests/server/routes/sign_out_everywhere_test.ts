import assert from "node:assert/strict";
import { locationStatusPath, SESSIONS_PATH } from "#shared/endpoints.ts";
import { createOpaqueToken } from "../../../server/crypto/opaque_token.ts";
import { CALLS_PER_MINUTE } from "../../../server/http/rate_limit.ts";
import { DEFAULT_LOCATIONS } from "../../simulator/default_settings.ts";
import { testPostgresForFile } from "../../support/test_postgres.ts";
import {
  authorize,
  connect,
  createAttempt,
  createTestRelatch,
  LOCATION_ID,
  postSession,
  type TestRelatch,
} from "../../support/test_relatch.ts";

Deno.test.sanitizer({ ops: true, resources: true });
const postgres = testPostgresForFile();

const MARIA = "UserMaria00000000001";
const JONAS = "UserJonas00000000002";
const OTHER_LOCATION_ID = DEFAULT_LOCATIONS[1]?.id ?? "";

/** Somebody who is signed in at HighLevel connects from a browser; `null`: HighLevel does not say who it is. The session. */
async function connectAs(
  relatch: TestRelatch,
  userId: string | null,
  options: { readonly token?: string; readonly locationId?: string } = {},
): Promise<string> {
  signInAtHighLevel(relatch, userId);
  const { token } = await connect(relatch, options);
  return token;
}

function signInAtHighLevel({ simulator: { settings, switches } }: TestRelatch, userId: string | null): void {
  settings.userId = userId ?? MARIA;
  switches.installerUserId = userId === null ? "missing" : "present";
}

async function signOutEverywhere({ app }: TestRelatch, token: string): Promise<number> {
  const headers = { authorization: `Bearer ${token}` };
  const response = await app.request(SESSIONS_PATH, { method: "DELETE", headers });
  await response.body?.cancel();
  return response.status;
}

/** Which of these sessions are live. */
async function live<Name extends string>(
  { app }: TestRelatch,
  tokens: Readonly<Record<Name, string>>,
): Promise<string[]> {
  const names: string[] = [];
  for (const [name, token] of Object.entries<string>(tokens)) {
    const headers = { authorization: `Bearer ${token}` };
    const response = await app.request(locationStatusPath(LOCATION_ID), { headers });
    await response.body?.cancel();
    if (response.status === 200) names.push(name);
  }
  return names;
}

Deno.test("DELETE /api/sessions ends all sessions of the person and leaves those of others", async () => {
  await using relatch = await createTestRelatch(postgres);
  const tokens = {
    desk: await connectAs(relatch, MARIA),
    laptop: await connectAs(relatch, MARIA),
    otherLocation: await connectAs(relatch, MARIA, { locationId: OTHER_LOCATION_ID }),
    jonas: await connectAs(relatch, JONAS),
    nobody: await connectAs(relatch, null),
  };
  assert.equal(await signOutEverywhere(relatch, tokens.desk), 204);
  assert.deepEqual(await live(relatch, tokens), ["jonas", "nobody"]);
  const [left] = await relatch.database`
    SELECT (SELECT count(*)::int FROM sessions) AS sessions, (SELECT count(*)::int FROM session_grants) AS grants,
      (SELECT array_agg(user_id) FROM session_users) AS users`;
  assert.deepEqual(left, { sessions: 2, grants: 2, users: [JONAS] });
});

Deno.test("DELETE /api/sessions is refused the second time, from each of the person's browsers", async () => {
  await using relatch = await createTestRelatch(postgres);
  const desk = await connectAs(relatch, MARIA);
  const laptop = await connectAs(relatch, MARIA);
  assert.equal(await signOutEverywhere(relatch, desk), 204);
  for (const token of [desk, laptop]) assert.equal(await signOutEverywhere(relatch, token), 401);
});

Deno.test("DELETE /api/sessions ends a session alone that HighLevel named nobody for", async () => {
  await using relatch = await createTestRelatch(postgres);
  const tokens = {
    mine: await connectAs(relatch, null),
    anothers: await connectAs(relatch, null),
    maria: await connectAs(relatch, MARIA),
  };
  // Not "everywhere": it is told that nobody can say where else.
  assert.equal(await signOutEverywhere(relatch, tokens.mine), 200);
  assert.deepEqual(await live(relatch, tokens), ["anothers", "maria"]);
});

Deno.test("DELETE /api/sessions ends a session from before people were known alone", async () => {
  await using relatch = await createTestRelatch(postgres);
  const tokens = { mine: await connectAs(relatch, MARIA), laptop: await connectAs(relatch, MARIA) };
  await relatch.database`DELETE FROM session_users`;
  assert.equal(await signOutEverywhere(relatch, tokens.mine), 200);
  assert.deepEqual(await live(relatch, tokens), ["laptop"]);
});

Deno.test("DELETE /api/sessions goes by who finished the flow, not by who authorised the connection since", async () => {
  await using relatch = await createTestRelatch(postgres);
  const maria = await connectAs(relatch, MARIA);
  const jonas = await connectAs(relatch, JONAS);
  const [connection] = await relatch.database`SELECT user_id FROM connections`;
  assert.deepEqual(connection, { user_id: JONAS });
  assert.equal(await signOutEverywhere(relatch, jonas), 204);
  assert.deepEqual(await live(relatch, { maria, jonas }), ["maria"]);
});

Deno.test("DELETE /api/sessions goes by the flow that a grant code stands for, whoever comes in between", async () => {
  await using relatch = await createTestRelatch(postgres);
  const attempt = createAttempt();
  signInAtHighLevel(relatch, MARIA);
  const returned = await authorize(relatch.createBrowser(), attempt);
  const jonas = await connectAs(relatch, JONAS);
  const body = { code: returned.searchParams.get("code"), codeVerifier: attempt.codeVerifier };
  const { token: maria } = await (await postSession(relatch.app, body)).json();
  assert.equal(await signOutEverywhere(relatch, maria), 204);
  assert.deepEqual(await live(relatch, { maria, jonas }), ["jonas"]);
});

Deno.test("DELETE /api/sessions of a browser that two people used ends the sessions of both, and no third one's", async () => {
  await using relatch = await createTestRelatch(postgres);
  const shared = await connectAs(relatch, MARIA);
  // Of the same connection, in the same session.
  assert.equal(await connectAs(relatch, JONAS, { token: shared }), shared);
  const tokens = {
    shared,
    maria: await connectAs(relatch, MARIA),
    jonas: await connectAs(relatch, JONAS),
    third: await connectAs(relatch, "UserThird00000000003"),
  };
  assert.equal(await signOutEverywhere(relatch, tokens.shared), 204);
  assert.deepEqual(await live(relatch, tokens), ["third"]);
});

Deno.test("DELETE /api/sessions goes no further than who was in this browser, though others share a browser with them", async () => {
  await using relatch = await createTestRelatch(postgres);
  const shared = await connectAs(relatch, MARIA);
  await connectAs(relatch, JONAS, { token: shared });
  const tokens = { shared, maria: await connectAs(relatch, MARIA), jonas: await connectAs(relatch, JONAS) };
  assert.equal(await signOutEverywhere(relatch, tokens.maria), 204);
  assert.deepEqual(await live(relatch, tokens), ["jonas"]);
});

Deno.test("DELETE /api/sessions from all browsers of a person at once ends them all, and no call fails", async () => {
  await using relatch = await createTestRelatch(postgres);
  const tokens: string[] = [];
  for (let browser = 0; browser < 12; browser++) tokens.push(await connectAs(relatch, MARIA));
  const statuses = await Promise.all(tokens.map((token) => signOutEverywhere(relatch, token)));
  assert.ok(statuses.includes(204));
  assert.deepEqual(statuses.filter((status) => status !== 204 && status !== 401), []);
  const [left] = await relatch.database`SELECT count(*)::int AS sessions FROM sessions`;
  assert.deepEqual(left, { sessions: 0 });
});

Deno.test("DELETE /api/sessions asks for a live session, and ends nothing without one", async () => {
  await using relatch = await createTestRelatch(postgres);
  const maria = await connectAs(relatch, MARIA);
  const ended = await connectAs(relatch, MARIA);
  await relatch.database`
    UPDATE sessions SET expires_at = now() - interval '1 second' WHERE created_at = (SELECT max(created_at) FROM sessions)`;
  for (const token of [createOpaqueToken(), ended, "x"]) {
    assert.equal(await signOutEverywhere(relatch, token), 401);
  }
  assert.deepEqual(await live(relatch, { maria, ended }), ["maria"]);
});

Deno.test("DELETE /api/sessions is not one of the calls that an address has a few of", async () => {
  await using relatch = await createTestRelatch(postgres);
  const token = await connectAs(relatch, MARIA);
  const attempt = async () => (await postSession(relatch.app, {})).status;
  // Connecting took three.
  for (let calls = 3; calls < CALLS_PER_MINUTE - 1; calls++) assert.equal(await attempt(), 400);
  assert.equal(await signOutEverywhere(relatch, token), 204);
  assert.deepEqual([await attempt(), await attempt()], [400, 429]);
});

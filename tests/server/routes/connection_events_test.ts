import assert from "node:assert/strict";
import * as v from "valibot";
import { CONNECTION_EVENTS, ConnectionEvents } from "#shared/connection_events.ts";
import { connectionEventsPath } from "#shared/endpoints.ts";
import { createOpaqueToken } from "../../../server/crypto/opaque_token.ts";
import { connectAgency, connectionOf, createAgencyRelatch, settle } from "../../support/agency_scenes.ts";
import { COMPANY_ID, coveredLocations, installAgency } from "../../support/agency_stage.ts";
import { installLocation } from "../../support/rotation_stage.ts";
import { testPostgresForFile } from "../../support/test_postgres.ts";
import { connect, createTestRelatch, LOCATION_ID, type TestRelatch } from "../../support/test_relatch.ts";

Deno.test.sanitizer({ ops: true, resources: true });
const postgres = testPostgresForFile();

interface Question {
  readonly connectionId: string;
  readonly token: string;
  readonly query?: string;
}

async function ask({ app }: TestRelatch, { connectionId, token, query = "" }: Question): Promise<Response> {
  return await app.request(`${connectionEventsPath(connectionId)}${query}`, {
    headers: { authorization: `Bearer ${token}`, "x-request-id": "same" },
  });
}

async function readPage(relatch: TestRelatch, question: Question): Promise<ConnectionEvents> {
  const response = await ask(relatch, question);
  assert.equal(response.status, 200);
  return v.parse(ConnectionEvents, await response.json());
}

/** A connected location with a history of `1`, `2`, … after its beginning. */
async function withHistory(relatch: TestRelatch, length: number): Promise<Question> {
  const { token, connection } = await connect(relatch);
  const connectionId = connection.connectionId ?? "";
  await relatch.database`
    INSERT INTO connection_events (connection_id, event, cause, actor)
    SELECT ${connectionId}, 'renewed', n::text, 'relatch' FROM generate_series(1, ${length}::int) AS step (n)
    ORDER BY step.n`;
  return { token, connectionId };
}

Deno.test("GET …/events tells what happened, when and why, the newest first, and not by whom", async () => {
  await using relatch = await createTestRelatch(postgres);
  const question = await withHistory(relatch, 2);
  const response = await ask(relatch, question);
  assert.equal(response.headers.get("cache-control"), "no-store");
  const text = await response.text();
  const { events, nextCursor } = v.parse(ConnectionEvents, JSON.parse(text));
  assert.deepEqual(events.map(({ event, cause }) => `${event} ${cause}`), [
    "renewed 2",
    "renewed 1",
    "connected private_flow",
  ]);
  assert.equal(nextCursor, null);
  const [first] = await relatch.database<{ at: Date; actor: string }[]>`
    SELECT at, actor FROM connection_events ORDER BY id LIMIT 1`;
  assert.ok(first !== undefined && first.actor.length > 10);
  assert.equal(events.at(-1)?.at, first.at.toISOString());
  assert.ok(!text.includes(first.actor) && !text.includes("actor"));
});

Deno.test("GET …/events gives a history page by page, each entry once, whatever is added meanwhile", async () => {
  await using relatch = await createTestRelatch(postgres);
  const question = await withHistory(relatch, 120);
  const seen: string[] = [];
  const lengths: number[] = [];
  for (let query = ""; lengths.length === 0 || query !== "";) {
    const page = await readPage(relatch, { ...question, query });
    seen.push(...page.events.map(({ cause }) => cause));
    lengths.push(page.events.length);
    query = page.nextCursor === null ? "" : `?cursor=${page.nextCursor}`;
    await relatch.database`
      INSERT INTO connection_events (connection_id, event, cause, actor)
      VALUES (${question.connectionId}, 'renewed', 'meanwhile', 'relatch')`;
  }
  assert.deepEqual(lengths, [50, 50, 21]);
  assert.deepEqual(seen, [...Array.from({ length: 120 }, (_, index) => String(120 - index)), "private_flow"]);
});

Deno.test("GET …/events says that there is no more when the last page is full", async () => {
  await using relatch = await createTestRelatch(postgres);
  const question = await withHistory(relatch, 199);
  const whole = await readPage(relatch, { ...question, query: "?limit=200" });
  assert.deepEqual([whole.events.length, whole.nextCursor], [200, null]);
  const behind = await readPage(relatch, { ...question, query: "?cursor=1" });
  assert.deepEqual(behind, { events: [], nextCursor: null });
});

Deno.test("GET …/events answers for a connection that was not granted as for one that does not exist", async () => {
  await using relatch = await createTestRelatch(postgres);
  const { token } = await connect(relatch);
  const other = await installLocation(relatch);
  const bodies: string[] = [];
  for (const connectionId of [other.id, crypto.randomUUID()]) {
    const response = await ask(relatch, { connectionId, token });
    assert.equal(response.status, 404);
    bodies.push(await response.text());
  }
  assert.equal(bodies[0], bodies[1]);
});

Deno.test("GET …/events shows the histories of an agency's locations to who connected the agency, and to no other", async () => {
  await using relatch = await createAgencyRelatch(postgres);
  const { token: ofLocation } = await connect(relatch);
  await installAgency(relatch);
  const { token: ofAgency } = await connectAgency(relatch, { locationIds: "all" });
  await settle(relatch);
  const another = (await coveredLocations(relatch)).find((locationId) => locationId !== LOCATION_ID);
  const connectionId = await connectionOf(relatch, another);
  const { events } = await readPage(relatch, { connectionId, token: ofAgency });
  assert.deepEqual(events.map(({ event }) => event), ["covered"]);
  assert.equal((await ask(relatch, { connectionId, token: ofLocation })).status, 404);
  const [company] = await relatch.database<{ id: string }[]>`
    SELECT id FROM connections WHERE kind = 'company' AND company_id = ${COMPANY_ID}`;
  const agency = { connectionId: company?.id ?? "", token: ofAgency };
  assert.equal((await readPage(relatch, agency)).events.at(-1)?.event, "connected");
  relatch.simulator.uninstall({ companyId: COMPANY_ID });
  await settle(relatch);
  assert.equal((await ask(relatch, { connectionId, token: ofAgency })).status, 404);
});

Deno.test("GET …/events tells somebody how a connection came to its end", async () => {
  await using relatch = await createAgencyRelatch(postgres);
  const { token, connection } = await connect(relatch);
  relatch.simulator.uninstall({ locationId: LOCATION_ID });
  await settle(relatch);
  const { events } = await readPage(relatch, { connectionId: connection.connectionId ?? "", token });
  assert.equal(events[0]?.event, "disconnected");
  for (const { event } of events) assert.ok(v.is(v.picklist(CONNECTION_EVENTS), event), event);
});

Deno.test("GET …/events refuses a limit, cursor or id that is none, and a session that is none", async () => {
  await using relatch = await createTestRelatch(postgres);
  const question = await withHistory(relatch, 1);
  const queries = [
    "?limit=0",
    "?limit=201",
    "?limit=x",
    "?cursor=",
    "?cursor=-1",
    "?cursor=1.5",
    "?cursor=9999999999999999999",
    "?cursor=1&cursor=2",
  ];
  for (const query of queries) {
    const response = await ask(relatch, { ...question, query });
    assert.deepEqual([query, response.status], [query, 400]);
    assert.equal((await response.json()).error.code, "invalid_request");
  }
  assert.equal((await ask(relatch, { ...question, connectionId: "x" })).status, 400);
  assert.equal((await ask(relatch, { ...question, token: createOpaqueToken() })).status, 401);
});

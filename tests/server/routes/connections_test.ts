import assert from "node:assert/strict";
import * as v from "valibot";
import { ConnectionsPage } from "#shared/connections_page.ts";
import { CONNECTIONS_PATH } from "#shared/endpoints.ts";
import {
  addLocations,
  AGENCY_SETTINGS,
  coveredLocations,
  installAgency,
} from "../../support/agency_stage.ts";
import { installLocations } from "../../support/rotation_stage.ts";
import { testPostgresForFile } from "../../support/test_postgres.ts";
import { connect, createTestRelatch, LOCATION_ID, type TestRelatch } from "../../support/test_relatch.ts";

Deno.test.sanitizer({ ops: true, resources: true });
const postgres = testPostgresForFile();

async function ask({ app }: TestRelatch, token: string, query = ""): Promise<Response> {
  return await app.request(`${CONNECTIONS_PATH}${query}`, { headers: { authorization: `Bearer ${token}` } });
}

async function readPage(relatch: TestRelatch, token: string, query = ""): Promise<ConnectionsPage> {
  return v.parse(ConnectionsPage, await (await ask(relatch, token, query)).json());
}

Deno.test("GET /api/connections shows a session what it was granted, and nothing of others", async () => {
  await using relatch = await createTestRelatch(postgres);
  await installLocations(relatch, 3);
  const { token } = await connect(relatch);
  const page = await readPage(relatch, token);
  assert.deepEqual(page.connections.map(({ locationId }) => locationId), [LOCATION_ID]);
  assert.equal(page.connections[0]?.state, "connected");
  assert.equal(page.nextCursor, null);
});

Deno.test("GET /api/connections gives the locations of a granted agency page by page, each once", async () => {
  await using relatch = await createTestRelatch(postgres, { settings: AGENCY_SETTINGS });
  addLocations(relatch, 120);
  const { token } = await connect(relatch);
  const companyConnectionId = await installAgency(relatch);
  await relatch.database`
    INSERT INTO session_grants (session_id, connection_id) SELECT id, ${companyConnectionId} FROM sessions`;
  const seen: (string | null)[] = [];
  let pages = 0;
  for (let cursor: string | null = null; pages === 0 || cursor !== null; pages++) {
    const query: string = cursor === null ? "?limit=50" : `?limit=50&cursor=${cursor}`;
    const page = await readPage(relatch, token, query);
    seen.push(...page.connections.map(({ locationId }) => locationId));
    cursor = page.nextCursor;
  }
  const covered = await coveredLocations(relatch);
  assert.equal(covered.length, 123);
  // The agency itself is one of them, and names no location.
  assert.deepEqual(seen.toSorted(), [...covered, null].toSorted());
  assert.equal(pages, 3);
});

Deno.test("GET /api/connections refuses a limit or cursor that is none, and a session that is none", async () => {
  await using relatch = await createTestRelatch(postgres);
  const { token } = await connect(relatch);
  const queries = ["?limit=0", "?limit=201", "?limit=1.5", "?limit=-1", "?cursor=x", "?limit=1&limit=2"];
  for (const query of queries) {
    const response = await ask(relatch, token, query);
    assert.deepEqual([query, response.status], [query, 400]);
    await response.body?.cancel();
  }
  const response = await ask(relatch, "A".repeat(43));
  assert.equal(response.status, 401);
  await response.body?.cancel();
});

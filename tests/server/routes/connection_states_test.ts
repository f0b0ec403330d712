/** `GET /api/connections?state=…` over every way in which two installs of a location can stand. */
import assert from "node:assert/strict";
import * as v from "valibot";
import { CONNECTION_STATES, type ConnectionState, type ConnectionStatus } from "#shared/connection_status.ts";
import { ConnectionsPage } from "#shared/connections_page.ts";
import { CONNECTIONS_PATH } from "#shared/endpoints.ts";
import { troubledRows } from "../../../server/connections/troubled_connections.ts";
import type { Transaction } from "../../../server/db/connect_database.ts";
import { testPostgresForFile } from "../../support/test_postgres.ts";
import { connect, createTestRelatch, type TestRelatch } from "../../support/test_relatch.ts";

Deno.test.sanitizer({ ops: true, resources: true });
const postgres = testPostgresForFile();

/** How an install stands. `null`: nothing is wrong with it. */
interface Standing {
  readonly code: string | null;
  readonly isRemoved?: boolean;
}

const WELL: Standing = { code: null };
const PAUSED: Standing = { code: "location_inactive" };
const REFUSED: Standing = { code: "refresh_token_rejected" };
const FAILING: Standing = { code: "highlevel_unavailable" };
/** From a version that knows more. */
const NEWER: Standing = { code: "code_of_a_newer_version" };
const REMOVED: Standing = { code: null, isRemoved: true };
const REMOVED_AND_REFUSED: Standing = { ...REFUSED, isRemoved: true };

const OWN: readonly (Standing | null)[] = [
  null,
  WELL,
  PAUSED,
  REFUSED,
  FAILING,
  NEWER,
  REMOVED,
  REMOVED_AND_REFUSED,
];
const OF_AGENCY: readonly Standing[] = [
  WELL,
  FAILING,
  REFUSED,
  { code: "scope_missing" },
  REMOVED,
  REMOVED_AND_REFUSED,
];
const MINT_CODES: readonly (string | null)[] = [
  null,
  "location_inactive",
  "rate_limited",
  "install_revoked",
  "code_of_a_newer_version",
];

interface Row {
  readonly id?: string;
  readonly standing: Standing | null;
  readonly companyId?: string;
  /** The agency's install, and what is wrong with this location's token from it; `isGone`: it reaches it no more. */
  readonly coverage?: { readonly by: string; readonly mintCode: string | null; readonly isGone?: boolean };
  readonly isGranted: boolean;
}

let count = 0;

/** The row of a location, or with a `companyId` of an agency; its id. */
async function insertRow(
  tx: Transaction,
  { id = crypto.randomUUID(), standing, companyId, coverage, isGranted }: Row,
): Promise<string> {
  const token = standing === null ? null : new Uint8Array([1]);
  const code = standing?.code ?? null;
  const since = code === null ? null : new Date();
  // A wish to disconnect stands in the row of a location also when its agency installed the app.
  const removal = standing?.isRemoved ? new Date() : null;
  const [kind, locationId] = companyId === undefined ? ["location", `location${count++}`] : ["company", null];
  await tx`
    INSERT INTO connections (id, kind, company_id, location_id, refresh_token, problem_code, problem_since,
      removal_requested_at, removal_due_at)
    VALUES (${id}, ${kind}, ${
    companyId ?? null
  }, ${locationId}, ${token}, ${code}, ${since}, ${removal}, ${removal})`;
  if (coverage !== undefined) {
    const { by, mintCode, isGone = false } = coverage;
    await tx`
      INSERT INTO coverages (connection_id, company_connection_id, installed, asked_at, problem_code, problem_since)
      VALUES (${id}, ${by}, ${!isGone}, now(), ${mintCode}, ${mintCode === null ? null : new Date()})`;
  }
  if (isGranted) {
    await tx`INSERT INTO session_grants (session_id, connection_id) SELECT id, ${id} FROM sessions`;
  }
  return id;
}

/** Every own standing beside every standing of the agency and of the mint, granted itself, by its agency, both or not. */
async function insertEveryCombination(tx: Transaction): Promise<void> {
  const removedHere: Standing = { code: null, isRemoved: true };
  for (const isGranted of [true, false]) {
    for (const standing of OWN) await insertRow(tx, { standing, isGranted });
    for (const [index, standing] of OF_AGENCY.entries()) {
      for (const isAgencyGranted of [true, false]) {
        const companyId = `company${index}${isGranted}${isAgencyGranted}`;
        const by = await insertRow(tx, { standing, companyId, isGranted: isAgencyGranted });
        for (const mintCode of MINT_CODES) {
          for (const own of OWN) {
            await insertRow(tx, { standing: own, coverage: { by, mintCode }, isGranted });
            await insertRow(tx, { standing: own, coverage: { by, mintCode, isGone: true }, isGranted });
          }
          const id = await insertRow(tx, { standing: removedHere, coverage: { by, mintCode }, isGranted });
          await tx`UPDATE connections SET refresh_token = NULL WHERE id = ${id}`;
        }
      }
    }
  }
}

async function readAll(
  { app }: TestRelatch,
  { token, limit, state }: { token: string; limit: number; state?: ConnectionState },
): Promise<{ statuses: ConnectionStatus[]; lengths: number[] }> {
  const statuses: ConnectionStatus[] = [];
  const lengths: number[] = [];
  const query = new URLSearchParams({ limit: String(limit), ...(state === undefined ? {} : { state }) });
  for (;;) {
    const headers = { authorization: `Bearer ${token}` };
    const response = await app.request(`${CONNECTIONS_PATH}?${query}`, { headers });
    assert.equal(response.status, 200);
    const page = v.parse(ConnectionsPage, await response.json());
    statuses.push(...page.connections);
    lengths.push(page.connections.length);
    assert.ok(lengths.length < 1000, "The pages do not come to an end");
    if (page.nextCursor === null) return { statuses, lengths };
    query.set("cursor", page.nextCursor);
  }
}

/** A node of what PostgreSQL says of a query that it has carried out. */
interface Plan {
  readonly "Relation Name"?: string | undefined;
  readonly "Actual Rows": number;
  readonly "Actual Loops": number;
  readonly "Rows Removed by Filter"?: number | undefined;
  readonly Plans?: readonly Plan[] | undefined;
}
const Plan: v.GenericSchema<Plan> = v.object({
  "Relation Name": v.optional(v.string()),
  "Actual Rows": v.number(),
  "Actual Loops": v.number(),
  "Rows Removed by Filter": v.optional(v.number()),
  Plans: v.optional(v.array(v.lazy(() => Plan))),
});

const Explained = v.tuple([v.object({ Plan })]);

/** How many rows of tables were looked at. */
function rowsRead({ Plans = [], ...node }: Plan): number {
  const own = (node["Actual Rows"] + (node["Rows Removed by Filter"] ?? 0)) * node["Actual Loops"];
  const below = Plans.map(rowsRead).reduce((sum, rows) => sum + rows, 0);
  return below + (node["Relation Name"] === undefined ? 0 : own);
}

Deno.test("GET /api/connections?state=… gives of the whole list exactly those in that state, in its order", async () => {
  await using relatch = await createTestRelatch(postgres);
  const { token } = await connect(relatch);
  await relatch.database.begin(insertEveryCombination);
  const { statuses: all } = await readAll(relatch, { token, limit: 200 });
  assert.equal(new Set(all.map(({ connectionId }) => connectionId)).size, all.length);
  const found: Record<string, number> = {};
  for (const state of CONNECTION_STATES) {
    const expected = all.filter((status) => status.state === state);
    for (const limit of [7, 200]) {
      const { statuses } = await readAll(relatch, { token, limit, state });
      assert.deepEqual(statuses, expected, `${state}, ${limit} a page`);
    }
    for (const { kind } of expected) found[`${state} ${kind}`] = (found[`${state} ${kind}`] ?? 0) + 1;
  }
  // Each of them by an own install and by an agency's.
  assert.deepEqual(Object.keys(found).sort(), [
    "connected company",
    "connected location",
    "degraded company",
    "degraded location",
    "paused company",
    "paused location",
    "reconnect_required company",
    "reconnect_required location",
  ]);
});

Deno.test("GET /api/connections?state=… may give a page that is short or empty and not the last", async () => {
  await using relatch = await createTestRelatch(postgres);
  const { token } = await connect(relatch);
  const idOf = (number: number) => `00000000-0000-4000-8000-00000000000${number}`;
  await relatch.database.begin(async (tx) => {
    const by = await insertRow(tx, { standing: REFUSED, companyId: "company", isGranted: false });
    const coverage = { by, mintCode: null };
    // The better install of the first and the third is their own, which is being retried.
    for (const [index, standing] of [FAILING, null, FAILING, REFUSED].entries()) {
      await insertRow(tx, { id: idOf(index + 1), standing, coverage, isGranted: true });
    }
  });
  const state = "reconnect_required";
  const one = await readAll(relatch, { token, limit: 1, state });
  assert.deepEqual(one.lengths, [0, 1, 0, 1]);
  const two = await readAll(relatch, { token, limit: 2, state });
  assert.deepEqual(two.lengths, [1, 1]);
  for (const { statuses } of [one, two]) {
    assert.deepEqual(statuses.map(({ connectionId }) => connectionId), [idOf(2), idOf(4)]);
  }
});

Deno.test("connections in trouble are looked for without a look at the thousands that are well", async () => {
  await using relatch = await createTestRelatch(postgres);
  await connect(relatch);
  const { database } = relatch;
  await database.begin(async (tx) => {
    const by = await insertRow(tx, { standing: WELL, companyId: "company", isGranted: true });
    await insertRow(tx, {
      standing: null,
      coverage: { by, mintCode: "location_inactive" },
      isGranted: false,
    });
    await tx`
      INSERT INTO connections (id, kind, location_id)
      SELECT gen_random_uuid(), 'location', 'well' || n FROM generate_series(1, 5000) n`;
    await tx`
      INSERT INTO coverages (connection_id, company_connection_id, installed, asked_at)
      SELECT id, ${by}, true, now() FROM connections WHERE location_id LIKE 'well%'`;
  });
  await database`ANALYZE connections, coverages, session_grants`;
  const [session] = await database<{ id: string }[]>`SELECT id FROM sessions`;
  for (const state of ["degraded", "paused", "reconnect_required"] as const) {
    const found = troubledRows(database, { sessionId: session?.id ?? "", after: null, state });
    const [row] = await database.begin(async (tx) => {
      // At this size the planner may well read all of a table; what matters is that an index can spare it that.
      await tx`SET LOCAL enable_seqscan = off`;
      return await tx`EXPLAIN (ANALYZE, FORMAT JSON) ${found} LIMIT 101`;
    });
    const [{ Plan: plan }] = v.parse(Explained, row?.["QUERY PLAN"]);
    assert.ok(rowsRead(plan) < 100, `${state}: ${rowsRead(plan)} rows were read`);
    assert.equal(plan["Actual Rows"], state === "paused" ? 1 : 0);
  }
});

Deno.test("GET /api/connections refuses a state that does not exist", async () => {
  await using relatch = await createTestRelatch(postgres);
  const { token } = await connect(relatch);
  for (const query of ["?state=broken", "?state=", "?state=paused&state=degraded"]) {
    const headers = { authorization: `Bearer ${token}` };
    const response = await relatch.app.request(`${CONNECTIONS_PATH}${query}`, { headers });
    assert.deepEqual([query, response.status], [query, 400]);
    await response.body?.cancel();
  }
});

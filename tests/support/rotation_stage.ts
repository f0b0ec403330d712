/** Connections of a test's Relatch that were installed at its simulator, and a time that both of them share. */
import assert from "node:assert/strict";
import { tokenContext } from "../../server/connections/token_context.ts";
import { open } from "../../server/crypto/seal.ts";
import type { Database } from "../../server/db/connect_database.ts";
import { createLogger } from "../../server/log.ts";
import { systemClock } from "../../server/rotation/rotation_clock.ts";
import { createRotation, type Rotation, type RotationOptions } from "../../server/rotation/start_rotation.ts";
import { DEFAULT_COMPANIES } from "../simulator/default_settings.ts";
import type { Simulator } from "../simulator/simulator.ts";
import type { TestRelatch } from "./test_relatch.ts";

/** One of the locations of a stage, and the row that stands for it. */
export interface StagedConnection {
  readonly id: string;
  readonly locationId: string;
}

/** Installs the app in `count` new locations, as HighLevel's marketplace would. */
export async function installLocations(relatch: TestRelatch, count: number): Promise<StagedConnection[]> {
  const installed: StagedConnection[] = [];
  for (let index = 0; index < count; index++) {
    const locationId = `stagedLocation${String(index).padStart(6, "0")}`;
    addLocation(relatch.simulator, locationId);
    installed.push(await install(relatch, locationId));
  }
  return installed;
}

/** The one location of a stage that needs no more. */
export async function installLocation(relatch: TestRelatch): Promise<StagedConnection> {
  const [connection] = await installLocations(relatch, 1);
  assert.ok(connection !== undefined);
  return connection;
}

/** How often HighLevel was asked with a refresh token, whatever it answered. */
export function refreshCalls({ simulator }: Pick<TestRelatch, "simulator">): number {
  return simulator.ledger.calls().filter(({ grantType }) => grantType === "refresh_token").length;
}

/** A person, or the marketplace, authorises the app for a location that exists: once more, if it was before. */
export async function install(relatch: TestRelatch, locationId: string): Promise<StagedConnection> {
  const code = relatch.simulator.issueCode({ locationIds: [locationId] });
  const response = await relatch.app.request(`${relatch.config.callbackPath}?code=${code}`);
  await response.body?.cancel();
  const [row] = await relatch.database<{ id: string }[]>`
    SELECT id FROM connections WHERE location_id = ${locationId} AND refresh_token IS NOT NULL`;
  assert.ok(row !== undefined, `The install of "${locationId}" was not stored`);
  return { id: row.id, locationId };
}

function addLocation(simulator: Simulator, id: string): void {
  const companyId = DEFAULT_COMPANIES[0]?.id ?? "";
  simulator.settings.locations.push({ id, name: id, address: "1 Test Street", companyId, active: true });
}

/**
 * The columns in which the database keeps moments. Those by HighLevel's clock are not among them: that one is set forward
 * itself.
 */
const MOMENTS: Readonly<Record<string, readonly string[]>> = {
  connections: [
    "access_token_expires_at",
    "next_refresh_at",
    "lease_expires_at",
    "rotation_started_at",
    "last_refused_at",
    "last_refreshed_at",
    "authorization_began_at",
    "authorization_stored_at",
    "uninstall_told_at",
    "problem_since",
    "wiped_at",
    "uninstall_suspected_at",
    "check_due_at",
    "removal_requested_at",
    "removal_due_at",
    "removal_obstacle_since",
    "updated_at",
  ],
  coverages: [
    "asked_at",
    "check_due_at",
    "access_token_expires_at",
    "minted_at",
    "mint_lease_expires_at",
    "problem_since",
    "retry_at",
  ],
  agencies: ["listing_due_at", "listed_at"],
  webhook_inbox: ["received_at", "due_at", "done_at"],
  session_grants: ["granted_at"],
};

/** Lets `seconds` pass at HighLevel and in the database, where everything that is stored gets older by as much. */
export async function passTime(
  { simulator, database }: Pick<TestRelatch, "simulator" | "database">,
  seconds: number,
): Promise<void> {
  simulator.clock.advance(Math.round(seconds * 1000));
  for (const [table, columns] of Object.entries(MOMENTS)) {
    const changes = columns.map((column) => `${column} = ${column} - make_interval(secs => $1)`).join(", ");
    await database.unsafe(`UPDATE ${table} SET ${changes}`, [seconds]);
  }
}

/** Makes a connection due, as it is near the end of its token's life. */
export async function makeDue(database: Database, ids: readonly string[]): Promise<void> {
  await database`UPDATE connections SET next_refresh_at = now() WHERE id = ANY(${ids})`;
}

/** Ends the life of the access tokens. */
export async function expireTokens(database: Database, ids: readonly string[]): Promise<void> {
  await database`
    UPDATE connections SET access_token_expires_at = now() - interval '1 second' WHERE id = ANY(${ids})`;
}

/** What a test looks at of a row. */
export interface RowView {
  readonly generation: string;
  readonly problemCode: string | null;
  readonly isClaimed: boolean;
  readonly failures: number;
  readonly isDue: boolean;
  readonly isScheduled: boolean;
}

export async function viewRow(database: Database, id: string): Promise<RowView> {
  const [row] = await database<RowView[]>`
    SELECT generation, problem_code AS "problemCode", lease_id IS NOT NULL AS "isClaimed", failures,
      coalesce(next_refresh_at <= now(), false) AS "isDue", next_refresh_at IS NOT NULL AS "isScheduled"
    FROM connections WHERE id = ${id}`;
  assert.ok(row !== undefined);
  return row;
}

/** The refresh token that is stored, in the clear; `null` once it is wiped. */
export async function storedRefreshToken(
  { database, keys }: Pick<TestRelatch, "database" | "keys">,
  id: string,
): Promise<string | null> {
  const [row] = await database<{ token: Uint8Array | null }[]>`
    SELECT refresh_token AS token FROM connections WHERE id = ${id}`;
  assert.ok(row !== undefined);
  return row.token === null ? null : open(keys, row.token, tokenContext(id, "refresh_token"));
}

/** The history as "event cause", the oldest first. */
export async function historyOf(database: Database, id: string): Promise<string[]> {
  const rows = await database<{ line: string }[]>`
    SELECT event || ' ' || cause AS line FROM connection_events WHERE connection_id = ${id} ORDER BY id`;
  return rows.map(({ line }) => line);
}

/** Nothing was lost: what is stored can be refreshed now, and no token was presented after its window. */
export async function assertNothingLost(
  relatch: TestRelatch,
  connections: readonly StagedConnection[],
): Promise<void> {
  const { ledger } = relatch.simulator;
  for (const { id, locationId } of connections) {
    const token = await storedRefreshToken(relatch, id);
    assert.ok(token !== null && ledger.refreshableNow(token), `"${locationId}" cannot be refreshed any more`);
  }
  assert.deepEqual(ledger.refreshTokensPresentedOutsideWindow(), []);
  assert.deepEqual(ledger.lostRotations(), []);
}

/** Looks for due connections as the scheduler does, once, and waits for what it started. */
export async function lookOnce({ rotation }: Pick<TestRelatch, "rotation">): Promise<void> {
  await rotation.scheduler.look();
  await rotation.scheduler.idle();
}

/** The rotation of one more process on the same database and HighLevel. Stop it before the stage is left. */
export function createSecondProcess(
  { config, keys, database, simulator, journal }: TestRelatch,
  options: Partial<Pick<RotationOptions, "reach" | "fetch" | "clock">> = {},
): Rotation {
  return createRotation({
    app: config.highlevel,
    keys,
    database,
    fetch: async (input, init) => await simulator.app.fetch(new Request(input, init)),
    logger: createLogger({ level: "error", write: () => {} }),
    journal,
    clock: systemClock,
    random: Math.random,
    reach: () => {},
    ...options,
  });
}

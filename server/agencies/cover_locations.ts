/** Stores which locations an agency's install reaches, as HighLevel listed them. */
import type { Database, Transaction } from "../db/connect_database.ts";
import { unwished } from "../connections/untroubled.ts";
import { askWithin } from "../db/database_unavailable.ts";
import { insertEvents } from "../connections/append_event.ts";
import type { ListedLocation } from "../highlevel/installed_locations.ts";
import { unminted } from "./uncover.ts";

/** An agency that is connected: the row of its install, and HighLevel's id of it. */
export interface Agency {
  readonly connectionId: string;
  readonly companyId: string;
}

export interface CoverOptions {
  readonly agency: Agency;
  readonly locations: readonly ListedLocation[];
  /** When HighLevel was asked, by the database's clock: an older answer does not undo a newer one. */
  readonly askedAt: Date;
  /** What brought it up; it stands in the history of those that were not covered before. */
  readonly cause: string;
}

const STORE_MILLISECONDS = 10_000;

/**
 * Inserts the rows of locations that are new and renames those that HighLevel calls otherwise by now. Nothing is minted.
 * Returns false and changes nothing when the agency was disconnected after it was asked. Throws when the database fails.
 */
export async function coverLocations(database: Database, options: CoverOptions): Promise<boolean> {
  let isStored = false;
  const store = (db: Database) =>
    db.begin(async (tx) => {
      isStored = await isStillConnected(tx, options);
      if (isStored && options.locations.length > 0) await storeLocations(tx, withoutRepetitions(options));
    });
  await askWithin(database, store, STORE_MILLISECONDS);
  return isStored;
}

/** The row stays locked, so that its end cannot come between. */
async function isStillConnected(tx: Transaction, { agency, askedAt }: CoverOptions): Promise<boolean> {
  const connected = await tx`
    SELECT id FROM connections
    WHERE id = ${agency.connectionId} AND refresh_token IS NOT NULL AND coalesce(wiped_at < ${askedAt}, true)
    FOR SHARE`;
  return connected.length > 0;
}

/** A location that moves in the list while it is read can be on two pages. */
function withoutRepetitions(options: CoverOptions): CoverOptions {
  const byId = new Map(options.locations.map((location) => [location.locationId, location]));
  return { ...options, locations: [...byId.values()] };
}

async function storeLocations(
  tx: Transaction,
  { agency, locations, askedAt, cause }: CoverOptions,
): Promise<void> {
  const listed = tx`
    SELECT * FROM unnest(
      ${locations.map(({ locationId }) => locationId)}::text[], ${
    locations.map(({ name }) => name ?? "")
  }::text[]
    ) AS listed (location_id, name)`;
  // In the order of the ids: two listings at the same time do not block each other.
  await tx`
    INSERT INTO connections (id, kind, company_id, location_id)
    SELECT gen_random_uuid(), 'location', ${agency.companyId}, location_id FROM (${listed}) listed
    ORDER BY location_id
    ON CONFLICT (location_id) WHERE kind = 'location' DO NOTHING`;
  await tx`
    WITH changed AS (
      SELECT c.id, coalesce(nullif(listed.name, ''), c.location_name) AS name
      FROM connections c JOIN (${listed}) listed ON c.location_id = listed.location_id
      WHERE c.kind = 'location' AND (
        c.location_name IS DISTINCT FROM coalesce(nullif(listed.name, ''), c.location_name)
        OR c.company_id IS DISTINCT FROM ${agency.companyId})
      ORDER BY c.id FOR UPDATE OF c
    )
    UPDATE connections c SET location_name = changed.name, company_id = ${agency.companyId}
    FROM changed WHERE c.id = changed.id`;
  const covered = await tx<{ connectionId: string }[]>`
    WITH listed AS (
      SELECT c.id FROM connections c JOIN (${listed}) listed ON c.location_id = listed.location_id
      WHERE c.kind = 'location'
    ), before AS (
      SELECT v.connection_id FROM coverages v JOIN listed ON listed.id = v.connection_id
      WHERE v.installed AND v.company_connection_id = ${agency.connectionId}
    ), covered AS (
      INSERT INTO coverages AS v (connection_id, company_connection_id, installed, asked_at)
      SELECT id, ${agency.connectionId}, true, ${askedAt} FROM listed ORDER BY id
      ON CONFLICT (connection_id) DO UPDATE SET
        installed = true, asked_at = excluded.asked_at, check_due_at = NULL, check_failures = 0
      WHERE v.asked_at <= excluded.asked_at AND v.company_connection_id = excluded.company_connection_id
      RETURNING v.connection_id
    )
    ${insertEvents(tx)}
    SELECT connection_id, 'covered', ${cause}, 'relatch' FROM covered
    WHERE connection_id NOT IN (SELECT connection_id FROM before)
    RETURNING connection_id AS "connectionId"`;
  await takeBackRemovals(tx, { locations, covered: covered.map(({ connectionId }) => connectionId) });
  await moveFromOtherAgency(tx, { agency, locations, askedAt, cause });
}

/**
 * What a person wished before the agency installed the app there is not to take that away from the agency: somebody of the
 * location is told that it needs somebody of the agency when they wish it again. `covered`: those that were not before.
 */
async function takeBackRemovals(
  tx: Transaction,
  { locations, covered }: { locations: readonly ListedLocation[]; covered: readonly string[] },
): Promise<void> {
  await tx`
    UPDATE connections c SET ${unwished(tx)} FROM coverages v
    WHERE c.id = v.connection_id AND v.installed AND c.kind = 'location'
      AND c.location_id = ANY(${locations.map(({ locationId }) => locationId)})
      AND c.removal_requested_at IS NOT NULL
      AND (NOT c.removal_is_of_agency OR c.id = ANY(${[...covered]}::uuid[]))`;
}

/**
 * HighLevel lets a location move to another agency: what the one before minted for it is of no use any more, and what was
 * wished while it had the location is not for the new one's install.
 */
async function moveFromOtherAgency(
  tx: Transaction,
  { agency, locations, askedAt, cause }: CoverOptions,
): Promise<void> {
  await tx`
    WITH moved AS (
      UPDATE coverages v SET
        company_connection_id = ${agency.connectionId}, installed = true, asked_at = ${askedAt},
        check_due_at = NULL, check_failures = 0, ${unminted(tx)}
      FROM connections c
      WHERE c.id = v.connection_id AND c.kind = 'location'
        AND c.location_id = ANY(${locations.map(({ locationId }) => locationId)})
        AND v.company_connection_id <> ${agency.connectionId} AND v.asked_at <= ${askedAt}
      RETURNING v.connection_id
    ), done AS (
      UPDATE connections c SET ${unwished(tx)} FROM moved
      WHERE c.id = moved.connection_id AND c.removal_requested_at IS NOT NULL
    )
    ${insertEvents(tx)} SELECT connection_id, 'covered', ${cause}, 'relatch' FROM moved`;
}

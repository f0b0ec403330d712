/** When the locations of an agency are listed: at once after an install and on a hint, and every hour without any. */
import type { Database, Queryable } from "../db/connect_database.ts";
import { REFUSED_CODES } from "../connections/wipe_connection.ts";
import type { Agency } from "./cover_locations.ts";

/** Longer than a page with all its repetitions may take: then whoever listed is gone. */
const LEASE_SECONDS = 180;
const FIRST_PAUSE_SECONDS = 30;
/** Without any webhook, the truth is known again after this time at the latest, give or take a seventh. */
const PERIOD_SECONDS = 3600;
/** HighLevel registers the locations of a bulk install one after the other: an early listing may miss some. */
const SHORTEST_PERIOD_SECONDS = 60;

/** A listing that is ours, until somebody asks for another or its lease ends. */
export interface ClaimedListing {
  readonly agency: Agency;
  /**
   * As the row says it; `null` when somebody asked for another one meanwhile. It goes back as text: the driver cuts moments to
   * milliseconds.
   */
  readonly lease: string | null;
}

/**
 * Lists the agency's locations as soon as a process is free, also when a listing runs already: it may be past the news. Nothing
 * happens when it is not connected, or not any more.
 */
export async function listAtOnce(db: Queryable, companyId: string): Promise<void> {
  await db`
    WITH connected AS (
      SELECT company_id FROM connections
      WHERE kind = 'company' AND company_id = ${companyId} AND refresh_token IS NOT NULL FOR SHARE
    )
    INSERT INTO agencies (company_id, listing_due_at) SELECT company_id, now() FROM connected
    ON CONFLICT (company_id) DO UPDATE SET listing_due_at = now(), listing_failures = 0`;
}

/** Lists them now, unless a listing runs or is about to. */
export async function listSoon(db: Queryable, companyId: string): Promise<void> {
  await db`
    UPDATE agencies SET listing_due_at = now()
    WHERE company_id = ${companyId} AND listing_due_at > now() + make_interval(secs => ${LEASE_SECONDS})`;
}

/** For an agency that is not connected any more. */
export async function listNoMore(db: Queryable, companyId: string): Promise<void> {
  await db`
    UPDATE agencies SET listing_due_at = NULL, listed_at = NULL, listed_locations = NULL
    WHERE company_id = ${companyId}`;
}

/** Up to `limit` that are due, the longest waiting first; or the one of `companyId`, if it is due. */
export async function claimListings(
  db: Database,
  { limit, companyId = null }: { limit: number; companyId?: string | null },
): Promise<ClaimedListing[]> {
  const rows = await db<{ connectionId: string; companyId: string; lease: string }[]>`
    WITH due AS (
      SELECT g.company_id, c.id FROM agencies g
      JOIN connections c ON c.kind = 'company' AND c.company_id = g.company_id AND c.refresh_token IS NOT NULL
      WHERE g.listing_due_at <= now() AND g.company_id = coalesce(${companyId}, g.company_id)
      ORDER BY g.listing_due_at LIMIT ${limit} FOR UPDATE OF g SKIP LOCKED
    )
    UPDATE agencies g SET listing_due_at = now() + make_interval(secs => ${LEASE_SECONDS}) FROM due
    WHERE g.company_id = due.company_id
    RETURNING due.id AS "connectionId", g.company_id AS "companyId", g.listing_due_at::text AS lease`;
  return rows.map(({ lease, ...agency }) => ({ agency, lease }));
}

/** Holds on for another lease. */
export async function renewListing(db: Database, { agency, lease }: ClaimedListing): Promise<ClaimedListing> {
  const [row] = await db<{ lease: string }[]>`
    UPDATE agencies SET listing_due_at = now() + make_interval(secs => ${LEASE_SECONDS})
    WHERE company_id = ${agency.companyId} AND listing_due_at = ${lease}::text::timestamptz
    RETURNING listing_due_at::text AS lease`;
  return { agency, lease: row?.lease ?? null };
}

export interface CompletedListing {
  readonly claimed: ClaimedListing;
  readonly startedAt: Date;
  readonly locations: number;
  readonly installsFutureLocations: boolean | null;
  /** In [0, 1). */
  readonly random: number;
}

/**
 * Schedules the next one, and has HighLevel asked about each location that was covered and is not on the list. Returns how
 * many these are. An agency without any location may be gone itself: HighLevel is asked about that, too. A list that is
 * empty and was not before is believed when the next one is empty as well, and the agency's token is tried in between.
 */
export async function completeListing(
  db: Database,
  { claimed: { agency, lease }, startedAt, locations, installsFutureLocations, random }: CompletedListing,
): Promise<{ missing: number; isEmptied: boolean }> {
  const [row] = await db<{ missing: number; isEmptied: boolean }[]>`
    WITH before AS (
      SELECT listed_locations, ${locations === 0} AND coalesce(listed_locations > 0, false) AS is_emptied
      FROM agencies WHERE company_id = ${agency.companyId}
    ), held AS (
      -- The install before all that belongs to it, as everybody does: two of them do not block each other.
      SELECT id, authorized_at FROM connections
      WHERE id = ${agency.connectionId} AND refresh_token IS NOT NULL FOR UPDATE
    ), missing AS (
      UPDATE coverages v SET check_due_at = now() FROM held, before
      WHERE v.company_connection_id = held.id AND v.installed AND v.asked_at < ${startedAt} AND NOT is_emptied
      RETURNING v.connection_id
    ), noted AS (
      UPDATE agencies g SET
        listed_at = ${startedAt}, listed_locations = ${locations}, listing_failures = 0,
        installs_future_locations = coalesce(${installsFutureLocations}, g.installs_future_locations),
        listing_due_at = CASE WHEN g.listing_due_at <> ${lease}::text::timestamptz OR ${lease === null}
          THEN g.listing_due_at
          ELSE now() + make_interval(secs => (0.85 + 0.3 * ${random}::float8) * greatest(${SHORTEST_PERIOD_SECONDS},
            CASE WHEN before.is_emptied OR EXISTS (SELECT FROM missing) THEN 0 ELSE
              least(${PERIOD_SECONDS}, extract(epoch FROM now() - held.authorized_at)::float8) END)) END
      FROM held, before WHERE g.company_id = ${agency.companyId}
    ), doubted AS (
      UPDATE connections c SET check_due_at = now() FROM held WHERE ${locations === 0} AND c.id = held.id
    ), refused AS (
      -- Installs of locations that HighLevel refuses: the agency's list may be the witness that was missing.
      UPDATE connections c SET check_due_at = now()
      WHERE c.kind = 'location' AND c.company_id = ${agency.companyId} AND c.refresh_token IS NOT NULL
        AND c.problem_code = ANY(${REFUSED_CODES}) AND c.check_due_at IS NULL
    )
    SELECT (SELECT count(*)::int FROM missing) AS missing, is_emptied AS "isEmptied" FROM before`;
  return row ?? { missing: 0, isEmptied: false };
}

/** After a failure: later each time, an hour at the most, and spread. */
export async function postponeListing(
  db: Database,
  { agency, lease }: ClaimedListing,
  random: number,
): Promise<void> {
  await db`
    UPDATE agencies SET
      listing_failures = listing_failures + 1,
      listing_due_at = now() + make_interval(secs => (0.5 + ${random}::float8 / 2)
        * least(${PERIOD_SECONDS}, ${FIRST_PAUSE_SECONDS} * 2 ^ least(listing_failures, 10)))
    WHERE company_id = ${agency.companyId} AND listing_due_at = ${lease}::text::timestamptz`;
}

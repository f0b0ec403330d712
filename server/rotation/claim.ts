/**
 * Takes connections for a rotation, one owner at a time. A claim is committed before anything is sent: it proves that
 * the database can be written, and it is the mark that a crash leaves behind. All times are the database's.
 */
import type { Database, Fragment } from "../db/connect_database.ts";
import { askWithin } from "../db/database_unavailable.ts";
import type { RotationClock } from "./rotation_clock.ts";
import {
  ABANDONED_ALIVE_SECONDS,
  ABANDONED_SECONDS,
  LAST_PRESENTATION_SECONDS,
  LEASE_SECONDS,
  QUERY_MILLISECONDS,
  STEADY_SECONDS,
} from "./rotation_times.ts";

/** A connection that is ours until its lease ends. Tokens are sealed. */
export interface Claim {
  readonly connectionId: string;
  readonly kind: "location" | "company";
  readonly locationId: string | null;
  readonly companyId: string | null;
  /** The client that the tokens belong to; `null` when that was not written down. */
  readonly clientId: string | null;
  /** What the outcome is compared with: another value in the row means that someone else was there. */
  readonly generation: string;
  readonly leaseId: string;
  readonly refreshToken: Uint8Array;
  /** When the claim was made, by the database's clock. */
  readonly claimedAt: Date;
  /** Since this token was presented for the first time: 0, or more when a crash is taken over. */
  readonly secondsSinceStart: number;
  /** When the claim was asked for, by the rotation's clock: its answer may have been long on the way. */
  readonly askedAt: number;
  readonly failures: number;
  readonly loneRefusals: number;
  readonly lastRefusedAt: Date | null;
  readonly problemCode: string | null;
  readonly problemSince: Date | null;
  /** When HighLevel said something that may mean that the app was uninstalled: a refusal confirms it. */
  readonly suspectedAt: Date | null;
  readonly dueAt: Date;
}

/** Where claims are made. */
export interface ClaimContext {
  readonly database: Database;
  readonly clock: RotationClock;
  /** Whether the database has been there for a while. */
  readonly isSteady: () => boolean;
}

/** Claims up to `limit` connections that are due, the longest waiting first, and that nobody is at. */
export async function claimDue(context: ClaimContext, limit: number): Promise<Claim[]> {
  return await claimNext(context, context.database`next_refresh_at <= now()`, limit);
}

/**
 * Claims up to `limit` rotations whose holder is gone: inside their window, to get the same answer again, or long after
 * it. However many connections are due, these come first, since their windows close in seconds.
 */
export async function claimUnderWay(context: ClaimContext, limit: number): Promise<Claim[]> {
  const db = context.database;
  return await claim(
    context,
    db`
      SELECT id FROM connections
      WHERE lease_id IS NOT NULL AND lease_expires_at <= now() AND refresh_token IS NOT NULL
        AND ${isResumable(context)}
      ORDER BY lease_expires_at LIMIT ${limit} FOR UPDATE SKIP LOCKED`,
  );
}

/**
 * Claims one connection that is well and whose turn comes next, due or not: to find out with it what HighLevel says to
 * everybody. Renewing it early does no harm. One that may be uninstalled would tell nothing.
 */
export async function claimCanary(context: ClaimContext): Promise<Claim | undefined> {
  const isWell = context.database`
    next_refresh_at IS NOT NULL AND problem_code IS NULL AND uninstall_suspected_at IS NULL`;
  return (await claimNext(context, isWell, 1))[0];
}

/**
 * Claims a connection whose token was presented in vain before, the next in turn, due or not: to find out with it whether
 * HighLevel is back. Others are not put at risk for that.
 */
export async function claimFailing(context: ClaimContext): Promise<Claim | undefined> {
  const isFailing = context.database`failures > 0 AND next_refresh_at IS NOT NULL`;
  return (await claimNext(context, isFailing, 1))[0];
}

export interface ClaimOneOptions {
  readonly connectionId: string;
  /** The caller's view: when the row has moved on, there is nothing left to do. */
  readonly generation: string;
  /** Also while a pause after a failure is not over, but not within 5 seconds after the last outcome. */
  readonly force: boolean;
}

const PAUSE_BETWEEN_FORCED_SECONDS = 5;

/** Claims this connection, due or not. `undefined` when another holds it, or when it must not be tried now. */
export async function claimOne(
  context: ClaimContext,
  { connectionId, generation, force }: ClaimOneOptions,
): Promise<Claim | undefined> {
  const db = context.database;
  const isItsTime = force
    ? db`updated_at < now() - make_interval(secs => ${PAUSE_BETWEEN_FORCED_SECONDS})`
    : db`(problem_code IS NULL OR next_refresh_at <= now())`;
  const [one] = await claim(
    context,
    // A row that is locked at this moment is somebody's; waiting for it would use up the lease.
    db`
      SELECT id FROM connections
      WHERE id = ${connectionId} AND generation = ${generation} AND next_refresh_at IS NOT NULL
        AND refresh_token IS NOT NULL AND ${isItsTime}
        AND (lease_id IS NULL OR lease_expires_at <= now() AND ${isResumable(context)})
      FOR UPDATE SKIP LOCKED`,
  );
  return one;
}

/** Holds on for another lease. False when the row was taken over, replaced or wiped, or when its window has closed. */
export async function renewLease(
  { database }: Pick<ClaimContext, "database">,
  { connectionId, leaseId }: Claim,
): Promise<boolean> {
  const renewed = await askWithin(
    database,
    (db) =>
      db`
        UPDATE connections SET lease_expires_at = now() + make_interval(secs => ${LEASE_SECONDS})
        WHERE id = ${connectionId} AND lease_id = ${leaseId}
          AND rotation_started_at > now() - make_interval(secs => ${LAST_PRESENTATION_SECONDS})
        RETURNING id`,
    QUERY_MILLISECONDS,
  );
  return renewed.length > 0;
}

/** Ends the lease without an outcome: whoever comes next goes on in the same window, at once. */
export async function abandonClaim(
  { database }: Pick<ClaimContext, "database">,
  { connectionId, leaseId }: Claim,
): Promise<void> {
  await askWithin(
    database,
    (db) =>
      db`
        UPDATE connections SET lease_expires_at = now() WHERE id = ${connectionId} AND lease_id = ${leaseId}`,
    QUERY_MILLISECONDS,
  );
}

/** Undoes a claim after which nothing was used up. The connection is due again at `nextAt`, or as it was. */
export async function releaseClaim(
  { database }: Pick<ClaimContext, "database">,
  { connectionId, leaseId, dueAt }: Claim,
  nextAt: Date = dueAt,
): Promise<void> {
  await askWithin(
    database,
    (db) =>
      db`
        UPDATE connections SET
          next_refresh_at = ${nextAt}, lease_id = NULL, lease_expires_at = NULL, rotation_started_at = NULL
        WHERE id = ${connectionId} AND lease_id = ${leaseId}`,
    QUERY_MILLISECONDS,
  );
}

/**
 * True inside the window, and again when whoever began is certainly gone. In between, the token may have been used up
 * and its answer may still come; and a database that has just come back hears of it first from who has the answer.
 */
function isResumable({ database: db, isSteady }: ClaimContext): Fragment {
  const isInsideWindow =
    db`rotation_started_at > now() - make_interval(secs => ${LAST_PRESENTATION_SECONDS})`;
  if (!isSteady()) return isInsideWindow;
  return db`(
    ${isInsideWindow}
    OR pg_postmaster_start_time() < now() - make_interval(secs => ${STEADY_SECONDS}) AND ${isAbandoned(db)})`;
}

function isAbandoned(db: Database): Fragment {
  return db`
    rotation_started_at < now() - make_interval(secs => CASE
      WHEN access_token_expires_at > now() THEN ${ABANDONED_ALIVE_SECONDS}::float8
      ELSE ${ABANDONED_SECONDS}::float8 END)`;
}

/** In the order of their turn, those that nobody is at; rows that are being claimed at this moment are skipped. */
async function claimNext(context: ClaimContext, condition: Fragment, limit: number): Promise<Claim[]> {
  const db = context.database;
  return await claim(
    context,
    db`
      SELECT id FROM connections
      WHERE ${condition} AND lease_id IS NULL AND refresh_token IS NOT NULL
      ORDER BY next_refresh_at LIMIT ${limit} FOR UPDATE SKIP LOCKED`,
  );
}

async function claim({ database, clock }: ClaimContext, candidates: Fragment): Promise<Claim[]> {
  const leaseId = crypto.randomUUID();
  const askedAt = clock.monotonic();
  const claims = await askWithin(
    database,
    (db) =>
      db<Omit<Claim, "askedAt">[]>`
        WITH candidates AS (${candidates})
        UPDATE connections c SET
          lease_id = ${leaseId},
          lease_expires_at = now() + make_interval(secs => ${LEASE_SECONDS}),
          rotation_started_at = CASE
            WHEN c.rotation_started_at > now() - make_interval(secs => ${LAST_PRESENTATION_SECONDS})
            THEN c.rotation_started_at ELSE now() END
        FROM candidates
        WHERE c.id = candidates.id
        RETURNING c.id AS "connectionId", c.kind, c.location_id AS "locationId", c.company_id AS "companyId",
          c.client_id AS "clientId", c.generation, c.lease_id AS "leaseId", c.refresh_token AS "refreshToken",
          now() AS "claimedAt", extract(epoch FROM now() - c.rotation_started_at)::float8 AS "secondsSinceStart",
          c.failures, c.lone_refusals AS "loneRefusals", c.last_refused_at AS "lastRefusedAt",
          c.problem_code AS "problemCode", c.problem_since AS "problemSince",
          c.uninstall_suspected_at AS "suspectedAt", c.next_refresh_at AS "dueAt"`,
    QUERY_MILLISECONDS,
  );
  return claims.map((claimed) => ({ ...claimed, askedAt }));
}

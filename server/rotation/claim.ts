/**
 * Takes connections for a rotation, one owner at a time. A claim is committed before anything is sent: it proves that
 * the database can be written, and it is the mark that a crash leaves behind. All times are the database's.
 */
import type { Database, Fragment } from "../db/connect_database.ts";
import { ABANDONED_SECONDS, LAST_PRESENTATION_SECONDS, LEASE_SECONDS } from "./rotation_times.ts";

/** A connection that is ours until its lease ends. Tokens are sealed. */
export interface Claim {
  readonly connectionId: string;
  readonly kind: "location" | "company";
  readonly locationId: string | null;
  readonly companyId: string | null;
  /** What the outcome is compared with: another value in the row means that someone else was there. */
  readonly generation: string;
  readonly leaseId: string;
  readonly refreshToken: Uint8Array;
  /** When the claim was made. */
  readonly claimedAt: Date;
  /** Since this token was presented for the first time: 0, or more when a crash is taken over. */
  readonly secondsSinceStart: number;
  readonly failures: number;
  readonly loneRefusals: number;
  readonly lastRefusedAt: Date | null;
  readonly problemCode: string | null;
  /** When the scheduler would have come, had it not been claimed. */
  readonly dueAt: Date;
}

/**
 * Claims up to `limit` connections that are due, or whose lease has run out, the longest waiting first. What another
 * process is claiming at this moment is skipped.
 */
export async function claimDue(db: Database, limit: number): Promise<Claim[]> {
  return await claim(
    db,
    db`
      SELECT id, next_refresh_at FROM connections
      WHERE next_refresh_at <= now() AND ${isClaimable(db)}
      ORDER BY next_refresh_at LIMIT ${limit} FOR UPDATE SKIP LOCKED`,
  );
}

/**
 * Claims one connection that is well and whose turn comes next, due or not: to find out with it what HighLevel says to
 * everybody. Renewing it early does no harm.
 */
export async function claimCanary(db: Database): Promise<Claim | undefined> {
  const [canary] = await claim(
    db,
    db`
      SELECT id, next_refresh_at FROM connections
      WHERE next_refresh_at IS NOT NULL AND problem_code IS NULL AND ${isFree(db)} AND ${isClaimable(db)}
      ORDER BY next_refresh_at LIMIT 1 FOR UPDATE SKIP LOCKED`,
  );
  return canary;
}

/**
 * Claims a connection whose token was presented in vain before, the next in turn, due or not: to find out with it whether
 * HighLevel is back. Others are not put at risk for that.
 */
export async function claimFailing(db: Database): Promise<Claim | undefined> {
  const [failing] = await claim(
    db,
    db`
      SELECT id, next_refresh_at FROM connections
      WHERE failures > 0 AND next_refresh_at IS NOT NULL AND ${isFree(db)} AND ${isClaimable(db)}
      ORDER BY next_refresh_at LIMIT 1 FOR UPDATE SKIP LOCKED`,
  );
  return failing;
}

export interface ClaimOneOptions {
  readonly connectionId: string;
  /** The caller's view: when the row has moved on, there is nothing left to do. */
  readonly generation: string;
  /** Also while a pause after a failure is not over, but not within 5 seconds after the last outcome. */
  readonly force: boolean;
}

/** Claims this connection, due or not. `undefined` when another holds it, or when it must not be tried now. */
export async function claimOne(
  db: Database,
  { connectionId, generation, force }: ClaimOneOptions,
): Promise<Claim | undefined> {
  const isItsTime = force
    ? db`updated_at < now() - make_interval(secs => ${PAUSE_BETWEEN_FORCED_SECONDS})`
    : db`(problem_code IS NULL OR next_refresh_at <= now())`;
  const [one] = await claim(
    db,
    db`
      SELECT id, next_refresh_at FROM connections
      WHERE id = ${connectionId} AND generation = ${generation} AND next_refresh_at IS NOT NULL
        AND ${isFree(db)} AND ${isClaimable(db)} AND ${isItsTime}
      FOR UPDATE`,
  );
  return one;
}

const PAUSE_BETWEEN_FORCED_SECONDS = 5;

/** Holds on for another lease. False when the row was taken over, replaced or wiped. */
export async function renewLease(db: Database, { connectionId, leaseId }: Claim): Promise<boolean> {
  const renewed = await db`
    UPDATE connections SET
      lease_expires_at = now() + make_interval(secs => ${LEASE_SECONDS}),
      next_refresh_at = now() + make_interval(secs => ${LEASE_SECONDS})
    WHERE id = ${connectionId} AND lease_id = ${leaseId}
    RETURNING id`;
  return renewed.length > 0;
}

/**
 * Lets go without an outcome. `resume`: the start is kept, and whoever comes next goes on with the same window, at once.
 * Otherwise nothing was presented, and the connection waits until `nextAt`.
 */
export async function releaseClaim(
  db: Database,
  { connectionId, leaseId }: Claim,
  next: { readonly resume: true } | { readonly resume: false; readonly nextAt: Date },
): Promise<void> {
  const change = next.resume
    ? db`next_refresh_at = now()`
    : db`next_refresh_at = ${next.nextAt}, rotation_started_at = NULL`;
  await db`
    UPDATE connections SET ${change}, lease_id = NULL, lease_expires_at = NULL
    WHERE id = ${connectionId} AND lease_id = ${leaseId}`;
}

/** Due rows need not be asked: a lease ends when the row is due again. */
function isFree(db: Database): Fragment {
  return db`(lease_expires_at IS NULL OR lease_expires_at <= now())`;
}

/** Not where a token may just have been used up and its answer may still come from whoever presented it. */
function isClaimable(db: Database): Fragment {
  return db`
    refresh_token IS NOT NULL AND (
      rotation_started_at IS NULL
      OR rotation_started_at > now() - make_interval(secs => ${LAST_PRESENTATION_SECONDS})
      OR rotation_started_at < now() - make_interval(secs => ${ABANDONED_SECONDS}))`;
}

async function claim(db: Database, candidates: Fragment): Promise<Claim[]> {
  const leaseId = crypto.randomUUID();
  const claims = await db<Claim[]>`
    WITH candidates AS (${candidates})
    UPDATE connections c SET
      lease_id = ${leaseId},
      lease_expires_at = now() + make_interval(secs => ${LEASE_SECONDS}),
      next_refresh_at = now() + make_interval(secs => ${LEASE_SECONDS}),
      rotation_started_at = CASE
        WHEN c.rotation_started_at > now() - make_interval(secs => ${ABANDONED_SECONDS}) THEN c.rotation_started_at
        ELSE now() END
    FROM candidates
    WHERE c.id = candidates.id
    RETURNING c.id AS "connectionId", c.kind, c.location_id AS "locationId", c.company_id AS "companyId",
      c.generation, c.lease_id AS "leaseId", c.refresh_token AS "refreshToken", now() AS "claimedAt",
      extract(epoch FROM now() - c.rotation_started_at)::float8 AS "secondsSinceStart",
      c.failures, c.lone_refusals AS "loneRefusals", c.last_refused_at AS "lastRefusedAt",
      c.problem_code AS "problemCode", candidates.next_refresh_at AS "dueAt"`;
  return [...claims];
}

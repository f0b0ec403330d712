/** One mint of a location at a time, over all processes; and what came of it, stored only by who holds the lease. */
import { insertEvents } from "../connections/append_event.ts";
import { stateFor } from "../connections/problem_state.ts";
import type { Database } from "../db/connect_database.ts";

/** Longer than a call takes. A process that dies in the middle is followed by another when this is over. */
const LEASE_SECONDS = 10;

export interface MintLease {
  readonly connectionId: string;
  readonly leaseId: string;
}

/**
 * `mintedAt` is that of the token the caller saw. `undefined` when somebody else is minting or has minted since, or when there
 * is nothing to mint from any more.
 */
export async function claimMint(
  db: Database,
  { connectionId, mintedAt }: { connectionId: string; mintedAt: string | null },
): Promise<MintLease | undefined> {
  const leaseId = crypto.randomUUID();
  const claimed = await db`
    UPDATE coverages SET
      mint_lease_id = ${leaseId}, mint_lease_expires_at = now() + make_interval(secs => ${LEASE_SECONDS})
    WHERE connection_id = ${connectionId} AND installed
      AND minted_at IS NOT DISTINCT FROM ${mintedAt}::text::timestamptz
      AND (mint_lease_id IS NULL OR mint_lease_expires_at <= now())
    RETURNING connection_id`;
  return claimed.length === 0 ? undefined : { connectionId, leaseId };
}

/** A minted token, sealed for its location. */
export interface SealedMint {
  readonly accessToken: Uint8Array;
  /** Seconds from the answer on. */
  readonly expiresIn: number;
  /** Since the token may have been issued. */
  readonly ageSeconds: number;
  /** Empty when HighLevel named none. */
  readonly scopes: readonly string[];
}

/** Nothing is stored when the location was lost meanwhile. */
export async function storeMinted(
  db: Database,
  { connectionId, leaseId }: MintLease,
  { accessToken, expiresIn, ageSeconds, scopes }: SealedMint,
): Promise<void> {
  await db`
    WITH held AS (
      SELECT connection_id, problem_code FROM coverages
      WHERE connection_id = ${connectionId} AND mint_lease_id = ${leaseId} AND installed FOR UPDATE
    ), changed AS (
      UPDATE coverages v SET
        access_token = ${accessToken},
        minted_at = now() - make_interval(secs => ${ageSeconds}),
        access_token_expires_at = now() + make_interval(secs => ${expiresIn - ageSeconds}),
        scopes = ${scopes}, is_outdated = false,
        mint_lease_id = NULL, mint_lease_expires_at = NULL,
        problem_code = NULL, problem_since = NULL, retry_at = NULL
      FROM held WHERE v.connection_id = held.connection_id
      RETURNING v.connection_id, held.problem_code
    )
    ${insertEvents(db)}
    SELECT connection_id, 'recovered', 'minted', 'relatch' FROM changed WHERE problem_code IS NOT NULL`;
}

export interface MintFailure {
  /** Why HighLevel gives no token for this location; `null` when that says nothing about the location. */
  readonly problemCode: "location_inactive" | "scope_missing" | null;
  /** `null`: whenever it was to be asked before. */
  readonly retryAfterSeconds: number | null;
  /** HighLevel may not count the location to the agency's install any more: it is asked about it. */
  readonly isInDoubt: boolean;
}

/** Ends the lease. A row of the history is left when the state or its cause changes. */
export async function storeMintFailure(
  db: Database,
  { connectionId, leaseId }: MintLease,
  { problemCode, retryAfterSeconds, isInDoubt }: MintFailure,
): Promise<void> {
  await db`
    WITH held AS (
      SELECT connection_id, problem_code FROM coverages
      WHERE connection_id = ${connectionId} AND mint_lease_id = ${leaseId} AND installed FOR UPDATE
    ), changed AS (
      UPDATE coverages v SET
        problem_code = coalesce(${problemCode}, v.problem_code),
        problem_since = CASE
          WHEN ${problemCode}::text IS NULL OR v.problem_code = ${problemCode} THEN v.problem_since ELSE now() END,
        retry_at = coalesce(now() + make_interval(secs => ${retryAfterSeconds}), v.retry_at),
        check_due_at = CASE WHEN ${isInDoubt} THEN now() ELSE v.check_due_at END,
        mint_lease_id = NULL, mint_lease_expires_at = NULL
      FROM held WHERE v.connection_id = held.connection_id
      RETURNING v.connection_id, held.problem_code AS before
    )
    ${insertEvents(db)}
    SELECT connection_id, ${stateFor(problemCode)}, ${problemCode ?? ""}, 'relatch' FROM changed
    WHERE ${problemCode !== null} AND before IS DISTINCT FROM ${problemCode}`;
}

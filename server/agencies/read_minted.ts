/** Reads what the minted token of a location is worth at this moment, by the database's clock. */
import type { Database } from "../db/connect_database.ts";

/** The token is sealed. */
export interface MintedRow {
  readonly agencyConnectionId: string;
  readonly companyId: string;
  readonly locationId: string;
  /** Why HighLevel gives no token for any location of the agency; `null` when it does. */
  readonly agencyProblemCode: string | null;
  readonly accessToken: Uint8Array | null;
  readonly expiresAt: Date | null;
  /** When it was minted, as the database writes it: another value means another token. */
  readonly mintedAt: string | null;
  /** Until the access token ends; negative afterwards. */
  readonly remainingSeconds: number;
  /** From its issue to its end. */
  readonly lifetimeSeconds: number;
  readonly scopes: readonly string[];
  /** The agency was authorised again since it was minted: it may work, and another one may do more. */
  readonly isOutdated: boolean;
  /** The location has an install of its own. */
  readonly hasOwn: boolean;
  readonly problemCode: string | null;
  /** Until HighLevel may be asked again after a failure; 0 or less when it may be asked now. */
  readonly secondsUntilRetry: number;
}

/** `undefined` when no agency's install reaches the location, or when that agency is being disconnected. */
export async function readMinted(db: Database, connectionId: string): Promise<MintedRow | undefined> {
  const [row] = await db<MintedRow[]>`
    SELECT a.id AS "agencyConnectionId", a.company_id AS "companyId", c.location_id AS "locationId",
      a.problem_code AS "agencyProblemCode", v.access_token AS "accessToken",
      v.access_token_expires_at AS "expiresAt", v.minted_at::text AS "mintedAt",
      coalesce(extract(epoch FROM v.access_token_expires_at - now())::float8, 0) AS "remainingSeconds",
      coalesce(extract(epoch FROM v.access_token_expires_at - v.minted_at)::float8, 0) AS "lifetimeSeconds",
      v.scopes, v.is_outdated AS "isOutdated", c.refresh_token IS NOT NULL AS "hasOwn",
      v.problem_code AS "problemCode",
      coalesce(extract(epoch FROM v.retry_at - now())::float8, 0) AS "secondsUntilRetry"
    FROM coverages v
    JOIN connections c ON c.id = v.connection_id
    JOIN connections a ON a.id = v.company_connection_id
    WHERE v.connection_id = ${connectionId} AND v.installed AND a.refresh_token IS NOT NULL
      AND a.removal_requested_at IS NULL`;
  return row;
}

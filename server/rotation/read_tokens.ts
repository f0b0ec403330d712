/** Reads what the tokens of a connection are worth at this moment, by the database's clock. */
import type { Database } from "../db/connect_database.ts";

/** Tokens are sealed. */
export interface TokenRow {
  readonly generation: string;
  readonly accessToken: Uint8Array | null;
  readonly expiresAt: Date | null;
  /** Until the access token ends; negative afterwards. */
  readonly remainingSeconds: number;
  /** From its issue to its end. */
  readonly lifetimeSeconds: number;
  readonly problemCode: string | null;
  /** Somebody is at it. */
  readonly isClaimed: boolean;
  /** Until it is due, or the pause after a failure is over; `null`: it is not tried again. */
  readonly secondsUntilNext: number | null;
  readonly scopes: readonly string[];
  readonly locationId: string | null;
  readonly companyId: string | null;
}

/** `undefined` when there is no such connection, or its tokens were wiped. */
export async function readTokens(db: Database, connectionId: string): Promise<TokenRow | undefined> {
  const [row] = await db<TokenRow[]>`
    SELECT generation, access_token AS "accessToken", access_token_expires_at AS "expiresAt",
      coalesce(extract(epoch FROM access_token_expires_at - now())::float8, 0) AS "remainingSeconds",
      coalesce(extract(epoch FROM access_token_expires_at - last_refreshed_at)::float8, 0) AS "lifetimeSeconds",
      problem_code AS "problemCode",
      coalesce(lease_expires_at > now(), false) AS "isClaimed",
      extract(epoch FROM next_refresh_at - now())::float8 AS "secondsUntilNext",
      scopes, location_id AS "locationId", company_id AS "companyId"
    FROM connections WHERE id = ${connectionId} AND refresh_token IS NOT NULL`;
  return row;
}

/** Has tokens minted again with the next question, because those from before may do less, or nothing any more. */
import { insertEvents } from "../connections/append_event.ts";
import type { Queryable, Transaction } from "../db/connect_database.ts";

/**
 * After a new authorisation of an agency. Tokens from before have the scopes of that time: they are used until another one is
 * minted, with the next question. A mint that is under way is one of before, too. A scope that was missing may be there now.
 * What HighLevel says of a location alone stays.
 */
export async function mintAnew(tx: Transaction, companyConnectionId: string): Promise<void> {
  await tx`
    WITH before AS (
      SELECT connection_id, problem_code FROM coverages
      WHERE company_connection_id = ${companyConnectionId} AND installed
        AND (problem_code = 'scope_missing' OR access_token IS NOT NULL OR mint_lease_id IS NOT NULL)
      ORDER BY connection_id FOR UPDATE
    ), changed AS (
      UPDATE coverages v SET
        is_outdated = true,
        mint_lease_id = NULL, mint_lease_expires_at = NULL,
        problem_code = nullif(v.problem_code, 'scope_missing'),
        problem_since = CASE WHEN v.problem_code = 'scope_missing' THEN NULL ELSE v.problem_since END,
        retry_at = CASE WHEN v.problem_code = 'scope_missing' THEN NULL ELSE v.retry_at END
      FROM before WHERE v.connection_id = before.connection_id
    )
    ${insertEvents(tx)}
    SELECT connection_id, 'recovered', 'reauthorized', 'relatch' FROM before WHERE problem_code = 'scope_missing'`;
}

/**
 * After HighLevel said that the app was removed from a location, whether it is there again or not. A mint that is under way
 * may be from before, too.
 */
export async function mintLocationAnew(db: Queryable, locationId: string): Promise<void> {
  await db`
    UPDATE coverages v SET
      access_token = NULL, access_token_expires_at = NULL, minted_at = NULL, scopes = '{}',
      mint_lease_id = NULL, mint_lease_expires_at = NULL
    FROM connections c
    WHERE c.id = v.connection_id AND c.kind = 'location' AND c.location_id = ${locationId} AND v.installed`;
}

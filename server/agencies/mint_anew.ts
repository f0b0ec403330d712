/** What an agency's new authorisation means for tokens that were minted from the one before. */
import { insertEvents } from "../connections/append_event.ts";
import type { Transaction } from "../db/connect_database.ts";
import { unminted } from "./uncover.ts";

/**
 * Tokens from before have the scopes of that time. They are minted again when somebody asks, and a scope that was missing
 * may be there now. What HighLevel says of a location alone stays.
 */
export async function mintAnew(tx: Transaction, companyConnectionId: string): Promise<void> {
  await tx`
    WITH before AS (
      SELECT connection_id, problem_code FROM coverages
      WHERE company_connection_id = ${companyConnectionId} AND installed
        AND (problem_code = 'scope_missing' OR problem_code IS NULL AND access_token IS NOT NULL)
      ORDER BY connection_id FOR UPDATE
    ), changed AS (
      UPDATE coverages v SET ${unminted(tx)} FROM before WHERE v.connection_id = before.connection_id
    )
    ${insertEvents(tx)}
    SELECT connection_id, 'recovered', 'reauthorized', 'relatch' FROM before WHERE problem_code IS NOT NULL`;
}

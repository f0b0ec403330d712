/**
 * Locations that HighLevel called inactive: tried again slowly, so that their state heals without anybody asking. A scope that
 * is missing comes with the agency's next authorisation, and with nothing else.
 */
import type { Database } from "../db/connect_database.ts";

const LEASE_SECONDS = 60;

/**
 * The connections of up to `limit` locations whose pause is over, the longest waiting first. Those of an agency that is in
 * trouble itself wait for that to pass.
 */
export async function claimMintRetries(db: Database, limit: number): Promise<string[]> {
  const rows = await db<{ connectionId: string }[]>`
    WITH due AS (
      SELECT v.connection_id FROM coverages v JOIN connections a ON a.id = v.company_connection_id
      WHERE v.problem_code = 'location_inactive' AND v.installed AND v.retry_at <= now()
        AND a.refresh_token IS NOT NULL AND a.problem_code IS NULL
      ORDER BY v.retry_at LIMIT ${limit} FOR UPDATE OF v SKIP LOCKED
    )
    UPDATE coverages v SET retry_at = now() + make_interval(secs => ${LEASE_SECONDS}) FROM due
    WHERE v.connection_id = due.connection_id
    RETURNING v.connection_id AS "connectionId"`;
  return rows.map(({ connectionId }) => connectionId);
}

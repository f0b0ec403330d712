/** Locations that HighLevel gave no token for: tried again slowly, so that their state heals without anybody asking. */
import type { Database } from "../db/connect_database.ts";

const LEASE_SECONDS = 60;

/** The connections of up to `limit` locations whose pause is over, the longest waiting first. */
export async function claimMintRetries(db: Database, limit: number): Promise<string[]> {
  const rows = await db<{ connectionId: string }[]>`
    WITH due AS (
      SELECT connection_id FROM coverages
      WHERE problem_code IS NOT NULL AND installed AND retry_at <= now()
      ORDER BY retry_at LIMIT ${limit} FOR UPDATE SKIP LOCKED
    )
    UPDATE coverages v SET retry_at = now() + make_interval(secs => ${LEASE_SECONDS}) FROM due
    WHERE v.connection_id = due.connection_id
    RETURNING v.connection_id AS "connectionId"`;
  return rows.map(({ connectionId }) => connectionId);
}

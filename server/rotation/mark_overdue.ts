/** Marks connections whose access token has ended while refreshing is held back for a reason that is not theirs. */
import type { ConnectionProblemCode } from "#shared/connection_status.ts";
import { insertEvents } from "../connections/append_event.ts";
import type { Database } from "../db/connect_database.ts";
import { stateFor } from "../connections/problem_state.ts";

/** A minute's share; the next minute takes the next. */
const AT_ONCE = 1000;

/** They stay due. */
export async function markOverdue(db: Database, code: ConnectionProblemCode): Promise<void> {
  await db`
    WITH overdue AS (
      SELECT id FROM connections
      WHERE next_refresh_at <= now() AND access_token_expires_at <= now() AND problem_code IS NULL
        AND refresh_token IS NOT NULL
      ORDER BY next_refresh_at LIMIT ${AT_ONCE} FOR UPDATE SKIP LOCKED
    ), changed AS (
      UPDATE connections c SET problem_code = ${code}, problem_since = now(), updated_at = now()
      FROM overdue WHERE c.id = overdue.id RETURNING c.id
    )
    ${insertEvents(db)} SELECT id, ${stateFor(code)}, ${code}, 'relatch' FROM changed`;
}

/** Brings back the connections that were refused together with the app's credentials, once these are accepted again. */
import type { Database } from "../db/connect_database.ts";

/** Spread, so that they do not come all at once. */
const WITHIN_SECONDS = 30;

/** What was refused alone keeps its own time. Returns how many were brought forward. */
export async function resumeRefused(db: Database): Promise<number> {
  const resumed = await db`
    UPDATE connections SET next_refresh_at = now() + make_interval(secs => ${WITHIN_SECONDS} * random())
    WHERE failures > 0 AND problem_code = 'client_rejected' AND lone_refusals = 0 AND lease_id IS NULL
      AND next_refresh_at > now() + make_interval(secs => ${WITHIN_SECONDS})
    RETURNING id`;
  return resumed.length;
}

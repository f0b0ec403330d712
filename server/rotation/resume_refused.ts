/** Brings back the connections that were refused together with everybody else, once HighLevel accepts some again. */
import type { Database, Fragment } from "../db/connect_database.ts";

/** Spread, so that they do not come all at once. */
const WITHIN_SECONDS = 30;

/** Those that the app's credentials were refused for. What was refused alone keeps its own time. */
export async function resumeClientRejected(db: Database): Promise<void> {
  await resume(
    db,
    db`
      problem_code = 'client_rejected' AND lone_refusals = 0
      AND next_refresh_at > now() + make_interval(secs => ${WITHIN_SECONDS})`,
  );
}

/**
 * Those whose refresh token was refused in the last `seconds`, when it was everybody's: once more, since the fault may
 * not have been theirs.
 */
export async function resumeTokenRejected(db: Database, seconds: number): Promise<void> {
  await resume(
    db,
    db`
      problem_code = 'refresh_token_rejected' AND next_refresh_at IS NULL
      AND problem_since > now() - make_interval(secs => ${seconds})`,
  );
}

async function resume(db: Database, condition: Fragment): Promise<void> {
  await db`
    UPDATE connections SET next_refresh_at = now() + make_interval(secs => ${WITHIN_SECONDS} * random())
    WHERE failures > 0 AND lease_id IS NULL AND refresh_token IS NOT NULL AND ${condition}`;
}

/** What a row says of rotations when there is nothing to say: none is under way, and none has failed. */
import type { Fragment, Queryable } from "../db/connect_database.ts";

/** The columns and their values, for the SET of an UPDATE of `connections`. */
export function untroubled(db: Queryable): Fragment {
  return db`
    lease_id = NULL, lease_expires_at = NULL, rotation_started_at = NULL,
    failures = 0, lone_refusals = 0, last_refused_at = NULL, problem_code = NULL, problem_since = NULL`;
}

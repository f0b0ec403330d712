/** What a row says when there is nothing to say: no rotation is under way, none has failed, and nobody doubts the install. */
import type { Fragment, Queryable } from "../db/connect_database.ts";

/** The columns of rotations and their values, for the SET of an UPDATE of `connections`. */
export function untroubled(db: Queryable): Fragment {
  return db`
    lease_id = NULL, lease_expires_at = NULL, rotation_started_at = NULL,
    failures = 0, lone_refusals = 0, last_refused_at = NULL, problem_code = NULL, problem_since = NULL`;
}

/** The columns of an install that is there, as far as anybody has said, and that nobody wants to be rid of. */
export function undoubted(db: Queryable): Fragment {
  return db`uninstall_suspected_at = NULL, ${unwished(db)}`;
}

/** The columns of one that nobody wants to be rid of: whether it is there is another matter. */
export function unwished(db: Queryable): Fragment {
  return db`
    removal_requested_at = NULL, removal_due_at = NULL, removal_failures = 0, removal_is_of_agency = false,
    removal_obstacle = NULL, removal_obstacle_since = NULL, removal_obstacle_tries = 0`;
}

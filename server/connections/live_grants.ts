/** What sessions may see at this moment. */
import type { Fragment, Queryable } from "../db/connect_database.ts";

/**
 * Of `session_grants` those that were given since the tokens of the connection were last wiped: what somebody else installs
 * afterwards is not what was granted. As a subquery with the columns `session_id` and `connection_id`.
 */
export function liveGrants(db: Queryable): Fragment {
  // Not joined: it is asked grant by grant over the index, however large the tables are thought to be.
  return db`(
    SELECT given.session_id, given.connection_id FROM session_grants given
    WHERE given.granted_at > coalesce(
      (SELECT granted.wiped_at FROM connections granted WHERE granted.id = given.connection_id), '-infinity'))`;
}

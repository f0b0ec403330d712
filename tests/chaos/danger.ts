/**
 * How near any rotation is to being lost, so that a run never orders what no client could survive. Within 30 seconds
 * after a token was used, its answer has to be had again: whoever kills the third holder in a row, or keeps answers
 * away for longer, proves nothing.
 */
import type { Database } from "../../server/db/connect_database.ts";
import { withinDeadline } from "../../server/db/database_unavailable.ts";

/** A killed holder's lease ends 10 seconds after its last sign of life, and the next one still needs some time. */
export const KILL_UNTIL_SECONDS = 11;
/** A call that is left without an answer costs 7 seconds. */
export const FAULT_UNTIL_SECONDS = 13;
/** Older ones are beyond the window, and only an answer that someone keeps can help them. */
const WINDOW_SECONDS = 31;
const QUERY_MILLISECONDS = 3000;

export interface Danger {
  /** Age of the oldest rotation that has no outcome and whose window is open; `Infinity` without a database. */
  oldestSeconds(): Promise<number>;
}

export function createDanger(database: Database): Danger {
  return {
    async oldestSeconds() {
      try {
        const [row] = await withinDeadline(
          database<{ seconds: number | null }[]>`
            SELECT extract(epoch FROM now() - min(rotation_started_at))::float8 AS seconds FROM connections
            WHERE rotation_started_at > now() - make_interval(secs => ${WINDOW_SECONDS})`,
          QUERY_MILLISECONDS,
        );
        return row?.seconds ?? 0;
      } catch {
        return Infinity;
      }
    },
  };
}

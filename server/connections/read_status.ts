/** Reads what sessions may know of locations. */
import { digestOf } from "../crypto/opaque_token.ts";
import { createBatches } from "../db/batches.ts";
import type { Database, Queryable } from "../db/connect_database.ts";
import { askWithin } from "../db/database_unavailable.ts";
import { isInstalled, readViews, viewColumns, viewedConnections, type ViewRow } from "./connection_view.ts";
import { liveGrants } from "./live_grants.ts";
import type { ConnectionView } from "./status_for.ts";

/** The session is live; `connection` is `null` for an unknown location and for one that was not granted alike. */
export interface SessionView {
  readonly sessionRemainingSeconds: number;
  readonly connection: ConnectionView | null;
}

export interface StatusQuestion {
  readonly sessionToken: string;
  readonly locationId: string;
}

/** `undefined` when the session is unknown or has ended. */
export type ReadLocationStatus = (question: StatusQuestion) => Promise<SessionView | undefined>;

const LARGEST_BATCH = 64;
/** Two, so that the database works on one while the other one's answers are sent. */
const STATEMENTS_AT_ONCE = 2;
const QUERY_MILLISECONDS = 10_000;

/** Reads in batches: popups and icons ask for the same few columns all the time. */
export function createStatusReader(database: Database): ReadLocationStatus {
  return createBatches({
    run: (questions: readonly StatusQuestion[]) =>
      askWithin(database, (db) => readStatuses(db, questions), QUERY_MILLISECONDS),
    largest: LARGEST_BATCH,
    atOnce: STATEMENTS_AT_ONCE,
  });
}

async function readStatuses(
  db: Database,
  questions: readonly StatusQuestion[],
): Promise<(SessionView | undefined)[]> {
  const digests = questions.map(({ sessionToken }) => digestOf(sessionToken).toHex());
  const locationIds = questions.map(({ locationId }) => locationId);
  // LATERAL with LIMIT: row by row over the indexes, however large the tables are thought to be.
  const rows = await db<
    ({ sessionRemainingSeconds: number | null; id: string | null } & Omit<ViewRow, "id">)[]
  >`
    SELECT s."sessionRemainingSeconds", c.*
    FROM unnest(${digests}::text[], ${locationIds}::text[]) WITH ORDINALITY AS asked (digest, location_id, place)
    LEFT JOIN LATERAL (
      SELECT id, extract(epoch FROM expires_at - now())::float8 AS "sessionRemainingSeconds" FROM sessions
      WHERE token_digest = decode(asked.digest, 'hex') AND expires_at > now() LIMIT 1
    ) s ON true
    LEFT JOIN LATERAL (
      SELECT ${viewColumns(db)} FROM ${viewedConnections(db)}
      WHERE c.kind = 'location' AND c.location_id = asked.location_id AND ${isInstalled(db)} AND (
          EXISTS (SELECT FROM ${liveGrants(db)} g WHERE g.session_id = s.id AND g.connection_id = c.id)
          OR EXISTS (
            SELECT FROM ${liveGrants(db)} g
            WHERE g.session_id = s.id AND g.connection_id = v.company_connection_id))
      LIMIT 1
    ) c ON true
    ORDER BY asked.place`;
  const views = await readViews(db, rows.filter((row): row is typeof row & ViewRow => row.id !== null));
  return rows.map(({ sessionRemainingSeconds, id }) =>
    sessionRemainingSeconds === null
      ? undefined
      : { sessionRemainingSeconds, connection: id === null ? null : views.get(id) ?? null }
  );
}

/** The connection of this id, or `undefined` when there is none, or no install that it has or is reached by. */
export async function readConnection(
  db: Queryable,
  connectionId: string,
): Promise<ConnectionView | undefined> {
  const [row] = await db<ViewRow[]>`
    SELECT ${viewColumns(db)} FROM ${viewedConnections(db)} WHERE c.id = ${connectionId} AND ${
    isInstalled(db)
  }`;
  return row === undefined ? undefined : (await readViews(db, [row])).get(row.id);
}

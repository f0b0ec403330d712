/** All that is known of one connection: its events, what HighLevel saw of it, and what the servers said. No token. */
import { createHash } from "node:crypto";
import type { Database } from "../../server/db/connect_database.ts";
import type { LogRecord } from "./log_record.ts";
import type { LedgerReport } from "./verdict.ts";

const FINGERPRINT_CHARACTERS = 8;
/** The end of a long history tells what went wrong. */
const LINES = 150;

interface HistoryRow {
  readonly connectionId: string;
  readonly at: Date | null;
  readonly event: string | null;
  readonly cause: string | null;
}

export async function connectionHistory(
  { database, record, ledger, locationId }: {
    database: Database;
    record: LogRecord;
    ledger: LedgerReport;
    locationId: string;
  },
): Promise<string[]> {
  const rows = await database<HistoryRow[]>`
    SELECT c.id AS "connectionId", e.at, e.event, e.cause
    FROM connections c LEFT JOIN connection_events e ON e.connection_id = c.id
    WHERE c.location_id = ${locationId} ORDER BY e.id`;
  const connectionId = rows[0]?.connectionId ?? "";
  const events = rows.map(({ at, event, cause }) =>
    `${at?.toISOString()} EVENT ${event} because of ${cause}`
  );
  const calls = ledger.calls.filter(({ resourceId }) => resourceId === locationId).map((call) => {
    const { at, grantType, credential, outcome, fault, delivered } = call;
    const reached = delivered ? "delivered" : "not delivered";
    return `${new Date(at).toISOString()} HIGHLEVEL ${grantType} ${
      fingerprint(credential)
    } ${outcome}, fault ${fault}, ${reached}`;
  });
  const lines = [...events, ...calls, ...record.linesAbout(connectionId)].sort();
  return [`Connection ${connectionId} of location ${locationId}:`, ...lines.slice(-LINES)];
}

function fingerprint(credential: string | null): string {
  if (credential === null) return "none";
  return createHash("sha256").update(credential).digest("hex").slice(0, FINGERPRINT_CHARACTERS);
}

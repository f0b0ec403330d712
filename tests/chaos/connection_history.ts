/** All that is known of one connection: its events, what HighLevel saw and sent of it, and what the servers said. No token. */
import { createHash } from "node:crypto";
import type { Database } from "../../server/db/connect_database.ts";
import type { LogRecord } from "./log_record.ts";
import type { Verdict } from "./verdict.ts";

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
  { database, record, verdict, resourceId }: {
    database: Database;
    record: LogRecord;
    verdict: Verdict;
    /** A location or company. */
    resourceId: string;
  },
): Promise<string[]> {
  const rows = await database<HistoryRow[]>`
    SELECT c.id AS "connectionId", e.at, e.event, e.cause
    FROM connections c LEFT JOIN connection_events e ON e.connection_id = c.id
    WHERE CASE c.kind WHEN 'company' THEN c.company_id ELSE c.location_id END = ${resourceId} ORDER BY e.id`;
  const connectionId = rows[0]?.connectionId ?? "";
  const events = rows.map(({ at, event, cause }) =>
    `${at?.toISOString()} EVENT ${event} because of ${cause}`
  );
  const lines = [
    ...events,
    ...highlevelLines(verdict, resourceId),
    ...webhookLines(verdict, resourceId),
    ...record.linesAbout(connectionId),
  ];
  return [`Connection ${connectionId} of "${resourceId}":`, ...lines.sort().slice(-LINES)];
}

function highlevelLines({ ledger, apiCalls }: Verdict, resourceId: string): string[] {
  const tokenCalls = ledger.calls.filter((call) => call.resourceId === resourceId).map((call) => {
    const { at, grantType, credential, outcome } = call;
    return `${timeOf(at)} HIGHLEVEL ${grantType} ${fingerprint(credential)} ${outcome}, ${fateOf(call)}`;
  });
  const isAbout = (call: typeof apiCalls[number]): boolean => (call.about ?? call.resourceId) === resourceId;
  const others = apiCalls.filter(isAbout).map((call) =>
    `${timeOf(call.at)} HIGHLEVEL ${call.operation} ${call.status}, ${fateOf(call)}`
  );
  return [...tokenCalls, ...others];
}

function fateOf({ fault, delivered }: { fault: string | null; delivered: boolean }): string {
  return `fault ${fault}, ${delivered ? "delivered" : "not delivered"}`;
}

function webhookLines({ deliveries }: Verdict, resourceId: string): string[] {
  return deliveries.filter((delivery) => delivery.resourceId === resourceId).flatMap(
    ({ type, webhookId, queuedAt, state, copy, attempts }) => [
      `${timeOf(queuedAt)} WEBHOOK ${type} ${webhookId} happened${copy ? ", a copy" : ""}, ${state}`,
      ...attempts.map(({ at, status }) => `${timeOf(at)} WEBHOOK ${type} ${webhookId} answered ${status}`),
    ],
  );
}

function timeOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

function fingerprint(credential: string | null): string {
  if (credential === null) return "none";
  return createHash("sha256").update(credential).digest("hex").slice(0, FINGERPRINT_CHARACTERS);
}

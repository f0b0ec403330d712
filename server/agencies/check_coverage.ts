/** Locations that something speaks against: HighLevel is asked about each of them alone. */
import type { Database } from "../db/connect_database.ts";
import { askWithin } from "../db/database_unavailable.ts";
import type { AgencyDependencies } from "./agency_dependencies.ts";
import { askLocation } from "./ask_location.ts";
import type { CallFailure } from "./call_with_token.ts";
import type { Agency } from "./cover_locations.ts";

const QUERY_MILLISECONDS = 5000;
const LEASE_SECONDS = 60;
const FIRST_PAUSE_SECONDS = 15;
const LONGEST_PAUSE_SECONDS = 3600;

export interface ClaimedCoverage {
  readonly connectionId: string;
  readonly locationId: string;
  readonly agency: Agency;
  readonly failures: number;
  readonly lease: string;
}

/** Up to `limit` that are due, the longest waiting first. */
export async function claimCoverages(db: Database, limit: number): Promise<ClaimedCoverage[]> {
  const rows = await db<
    (Omit<ClaimedCoverage, "agency"> & { agencyConnectionId: string; companyId: string })[]
  >`
    WITH due AS (
      SELECT v.connection_id, c.location_id, a.id, a.company_id FROM coverages v
      JOIN connections c ON c.id = v.connection_id
      JOIN connections a ON a.id = v.company_connection_id
      WHERE v.check_due_at <= now() ORDER BY v.check_due_at LIMIT ${limit} FOR UPDATE OF v SKIP LOCKED
    )
    UPDATE coverages v SET check_due_at = now() + make_interval(secs => ${LEASE_SECONDS}) FROM due
    WHERE v.connection_id = due.connection_id
    RETURNING v.connection_id AS "connectionId", due.location_id AS "locationId", due.id AS "agencyConnectionId",
      due.company_id AS "companyId", v.check_failures AS failures, v.check_due_at::text AS lease`;
  return rows.map(({ agencyConnectionId, companyId, ...row }) => ({
    ...row,
    agency: { connectionId: agencyConnectionId, companyId },
  }));
}

/** Throws when the database fails. */
export async function checkCoverage(deps: AgencyDependencies, claimed: ClaimedCoverage): Promise<void> {
  const { agency, locationId } = claimed;
  const asked = await askLocation(deps, { agency, locationId, cause: "not_listed" });
  const seconds = asked.ok ? null : pauseSecondsAfter(asked.failure, claimed.failures, deps.random());
  await askWithin(
    deps.database,
    (db) =>
      db`
        UPDATE coverages SET
          check_due_at = now() + make_interval(secs => ${seconds}),
          check_failures = ${seconds === null ? 0 : claimed.failures + 1}
        WHERE connection_id = ${claimed.connectionId} AND check_due_at = ${claimed.lease}::text::timestamptz`,
    QUERY_MILLISECONDS,
  );
}

/** Seconds until HighLevel is asked again; `random` in [0, 1). */
export function pauseSecondsAfter(refused: CallFailure, failures: number, random: number): number {
  const bound = Math.min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** Math.min(failures, 10));
  const wished = "pauseSeconds" in refused ? refused.pauseSeconds ?? 0 : 0;
  return Math.max(wished * (1 + random / 2), (0.5 + random / 2) * bound);
}

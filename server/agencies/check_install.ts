/**
 * Asks HighLevel who an install belongs to, and learns with the answer whether it is still there. For installs that are
 * new, and for those whose refresh token is refused while their access token still works.
 */
import { suspectUninstall } from "../connections/suspect_uninstall.ts";
import { REFUSED_CODES, wipeConnection } from "../connections/wipe_connection.ts";
import type { Database, Transaction } from "../db/connect_database.ts";
import { askWithin } from "../db/database_unavailable.ts";
import { type InstallerDetails, readInstallerDetails } from "../highlevel/installer_details.ts";
import { type Result, success } from "../result.ts";
import type { AgencyDependencies } from "./agency_dependencies.ts";
import { askLocation } from "./ask_location.ts";
import { type CallFailure, callWithToken } from "./call_with_token.ts";
import { learnAgency } from "./learn_agency.ts";
import { readAgency } from "./read_agency.ts";

const QUERY_MILLISECONDS = 5000;
/** Longer than all calls of a check may take. */
const LEASE_SECONDS = 60;
const FIRST_PAUSE_SECONDS = 30;
const MOST_FAILURES = 6;
const UNANSWERED: CallFailure = { reason: "unavailable", pauseSeconds: null };

/** An install to ask about, with tokens. */
export interface ClaimedCheck {
  readonly connectionId: string;
  readonly kind: "location" | "company";
  readonly locationId: string | null;
  readonly companyId: string | null;
  /** What is found out is about these tokens. */
  readonly generation: string;
  readonly problemCode: string | null;
  readonly failures: number;
  readonly lease: string;
}

/** Up to `limit` that are due, the longest waiting first; or the one of `connectionId`, if it is to be asked about at all. */
export async function claimChecks(
  db: Database,
  { limit, connectionId = null }: { limit: number; connectionId?: string | null },
): Promise<ClaimedCheck[]> {
  return await db<ClaimedCheck[]>`
    WITH due AS (
      SELECT id FROM connections WHERE ${
    connectionId === null ? db`check_due_at <= now()` : db`check_due_at IS NOT NULL AND id = ${connectionId}`
  }
      ORDER BY check_due_at LIMIT ${limit} FOR UPDATE SKIP LOCKED
    )
    UPDATE connections c SET check_due_at = now() + make_interval(secs => ${LEASE_SECONDS}) FROM due
    WHERE c.id = due.id
    RETURNING c.id AS "connectionId", c.kind, c.location_id AS "locationId", c.company_id AS "companyId",
      c.generation, c.problem_code AS "problemCode", c.check_failures AS failures, c.check_due_at::text AS lease`;
}

/** Refused tokens alone are no proof: HighLevel's faults look the same. Throws when the database fails. */
export async function checkInstall(deps: AgencyDependencies, check: ClaimedCheck): Promise<void> {
  const { database } = deps;
  const details = await callWithToken(deps, check.connectionId, readInstallerDetails);
  if (details.ok) {
    await learn(database, check, details.value);
    return;
  }
  const { failure: refused } = details;
  if (refused.reason === "not_installed") {
    await inTransaction(database, (tx) => end(tx, check));
    return;
  }
  const lost = REFUSED_CODES.includes(check.problemCode ?? "")
    ? await isLostByAgency(deps, check)
    : success(false);
  if (lost.ok && lost.value) await inTransaction(database, (tx) => end(tx, check));
  // The agency's tokens may be on their way to be renewed: it is asked again like HighLevel itself.
  else await inTransaction(database, (tx) => settle(tx, check, lost.ok ? refused : UNANSWERED));
}

/** One after the other: whoever ends an agency holds it while its locations' installs are looked at. */
async function learn(database: Database, check: ClaimedCheck, details: InstallerDetails): Promise<void> {
  const companyId = details.companyId ?? check.companyId;
  if (companyId !== null) {
    const facts = {
      companyId,
      name: details.companyName,
      whitelabelDomain: details.whitelabelDomain,
      toldAt: details.toldAt?.toISOString() ?? null,
    };
    await askWithin(database, (db) => learnAgency(db, facts), QUERY_MILLISECONDS);
  }
  await inTransaction(database, async (tx) => {
    await settle(tx, check, null);
    await tx`
      UPDATE connections SET company_id = coalesce(company_id, ${companyId}) WHERE id = ${check.connectionId}`;
  });
}

/** The refused token is the second witness. Without one, presenting it finds out. */
async function end(tx: Transaction, check: ClaimedCheck): Promise<void> {
  const { connectionId, generation } = check;
  await settle(tx, check, null);
  if (isRefused(check)) {
    await wipeConnection(tx, { connectionId, generation, cause: "not_installed", actor: "highlevel" });
  } else {
    await suspectUninstall(tx, { connectionId, cause: "not_installed" });
  }
}

function isRefused({ problemCode }: ClaimedCheck): boolean {
  return REFUSED_CODES.includes(problemCode ?? "") || problemCode === "client_rejected";
}

/**
 * True when the agency of the location is connected and HighLevel does not show it this location. HighLevel may hide those
 * that installed by themselves, so that it proves nothing where the credentials may be at fault.
 */
async function isLostByAgency(
  deps: AgencyDependencies,
  check: ClaimedCheck,
): Promise<Result<boolean, CallFailure>> {
  const { locationId, companyId } = check;
  if (locationId === null || companyId === null) return success(false);
  const agency = await askWithin(deps.database, (db) => readAgency(db, companyId), QUERY_MILLISECONDS);
  if (agency === undefined) return success(false);
  const reached = await askLocation(deps, { agency, locationId, cause: "token_refused" });
  return reached.ok ? success(!reached.value) : reached;
}

/** Answered, or not worth asking again; unless HighLevel did not answer. */
async function settle(tx: Transaction, check: ClaimedCheck, refused: CallFailure | null): Promise<void> {
  const isTransient = refused !== null && refused.reason !== "no_token" && "pauseSeconds" in refused &&
    refused.reason !== "request_rejected" && check.failures + 1 < MOST_FAILURES;
  const seconds = isTransient
    ? Math.max(refused.pauseSeconds ?? 0, FIRST_PAUSE_SECONDS * 2 ** check.failures)
    : null;
  await tx`
    UPDATE connections SET
      check_due_at = now() + make_interval(secs => ${seconds}),
      check_failures = ${isTransient ? check.failures + 1 : 0}
    WHERE id = ${check.connectionId} AND check_due_at = ${check.lease}::text::timestamptz`;
}

async function inTransaction(database: Database, act: (tx: Transaction) => Promise<void>): Promise<void> {
  await askWithin(database, (db) => db.begin(act), QUERY_MILLISECONDS);
}

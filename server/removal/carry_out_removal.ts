/** Uninstalls at HighLevel what a person disconnected, and takes the tokens away once that is certain. */
import { readConnection } from "../connections/read_status.ts";
import type { ConnectionView } from "../connections/status_for.ts";
import { suspectUninstall } from "../connections/suspect_uninstall.ts";
import { undoubted } from "../connections/untroubled.ts";
import { wipeConnection } from "../connections/wipe_connection.ts";
import type { AgencyDependencies } from "../agencies/agency_dependencies.ts";
import { callerFor, type CallFailure, callWithToken } from "../agencies/call_with_token.ts";
import { pauseSecondsAfter } from "../agencies/check_coverage.ts";
import { databaseTime } from "../agencies/database_time.ts";
import { uncoverLocation } from "../agencies/uncover.ts";
import type { Database, Queryable } from "../db/connect_database.ts";
import { askWithin } from "../db/database_unavailable.ts";
import { uninstallApp, type UninstallSubject } from "../highlevel/uninstall_app.ts";
import { failure, type Result } from "../result.ts";
import type { Rotator } from "../rotation/rotator.ts";
import { type ClaimedRemoval, claimedRemoval, REMOVAL_LEASE_SECONDS } from "./request_removal.ts";

/** `minted`: tokens of locations that have no install of their own. */
export type RemovalDependencies = AgencyDependencies & { readonly minted: Rotator };

/**
 * - `removed`: uninstalled at HighLevel, or not installed there any more, and wiped here
 * - `forgotten`: wiped here, and HighLevel could not be told, because it takes the tokens no more or never let them do this
 * - `pending`: HighLevel has not confirmed; it is asked again by itself
 */
export type RemovalOutcome = "removed" | "forgotten" | "pending";

const QUERY_MILLISECONDS = 5000;
const REASON = "Disconnected by a person in the browser extension";
/** HighLevel refuses the access token, and its successor: an answer to an earlier try may have been lost. */
const REFUSED_FAILURES = 3;
/** So long, and so often, no access token could be had. */
const HOPELESS_SECONDS = 24 * 3600;
const HOPELESS_FAILURES = 24;
/** A minted token that lives shorter is minted again first. */
const LEAST_TTL_SECONDS = 30;

/** Up to `limit` that are due, the longest waiting first. */
export async function claimRemovals(db: Database, limit: number): Promise<ClaimedRemoval[]> {
  return await db<ClaimedRemoval[]>`
    UPDATE connections SET removal_due_at = now() + make_interval(secs => ${REMOVAL_LEASE_SECONDS})
    WHERE id IN (
      SELECT id FROM connections WHERE removal_due_at <= now()
      ORDER BY removal_due_at LIMIT ${limit} FOR UPDATE SKIP LOCKED
    )
    RETURNING ${claimedRemoval(db)}`;
}

/** Throws when the database fails; then it is due again when the lease ends. */
export async function carryOutRemoval(
  deps: RemovalDependencies,
  claimed: ClaimedRemoval,
): Promise<RemovalOutcome> {
  const { database, logger } = deps;
  const { connectionId } = claimed;
  const view = await askWithin(database, (db) => readConnection(db, connectionId), QUERY_MILLISECONDS);
  if (view === undefined) {
    await askWithin(database, (db) => endRemoval(db, claimed), QUERY_MILLISECONDS);
    return "removed";
  }
  const told = await tellWithRenewedToken(deps, { view, claimed });
  const outcome = told.ok ? "removed" : outcomeOf(told.failure, { view, claimed });
  if (outcome === "pending") await postpone(deps, { claimed, told });
  else await endInstall(deps, { view, claimed, cause: outcome });
  logger[outcome === "pending" ? "warn" : "info"]("removal_tried", {
    connection_id: connectionId,
    outcome,
    reason: told.ok ? undefined : told.failure.reason,
  });
  return outcome;
}

/** The first time a person waits: a token that is to be renewed later is renewed now. */
async function tellWithRenewedToken(
  deps: RemovalDependencies,
  { view, claimed }: { view: ConnectionView; claimed: ClaimedRemoval },
): Promise<Result<null, CallFailure>> {
  const told = await tellHighLevel(deps, view);
  const isWaiting = !told.ok && told.failure.reason === "no_token" &&
    told.failure.refusal.reason === "refresh_failing";
  if (!isWaiting || claimed.failures > 0) return told;
  await (view.own === null ? deps.minted : deps.rotator).refreshNow(view.id);
  return await tellHighLevel(deps, view);
}

async function tellHighLevel(
  deps: RemovalDependencies,
  view: ConnectionView,
): Promise<Result<null, CallFailure>> {
  const subject = subjectOf(view);
  if (view.own !== null) {
    const told = await callWithToken(deps, view.id, (caller) => uninstallApp(caller, subject));
    // What its own token cannot do any more, one from its agency's install can.
    if (told.ok || view.agency === null) return told;
    if (outcomeOf(told.failure, { view, claimed: null }) !== "forgotten") return told;
  }
  const token = await deps.minted.liveToken(view.id, LEAST_TTL_SECONDS);
  if (!token.ok) return failure({ reason: "no_token", refusal: token.failure });
  const { accessToken } = token.value;
  return await uninstallApp(callerFor(deps, { connectionId: view.id, accessToken }), subject);
}

function subjectOf({ kind, companyId, locationId }: ConnectionView): UninstallSubject {
  const [name, id] = kind === "company" ? ["companyId", companyId] : ["locationId", locationId];
  if (id === null || id === undefined) throw new Error(`Cannot uninstall without a ${name}`);
  return name === "companyId" ? { companyId: id, reason: REASON } : { locationId: id, reason: REASON };
}

/** A wish to be rid of tokens that nobody takes is not put off for ever; `null` for one that has only begun. */
function outcomeOf(
  refused: CallFailure,
  { view: { own }, claimed }: { view: ConnectionView; claimed: ClaimedRemoval | null },
): RemovalOutcome {
  const { failures, secondsSinceRequest } = claimed ?? { failures: 0, secondsSinceRequest: 0 };
  switch (refused.reason) {
    case "not_installed":
      return "removed";
    case "scope_missing":
    case "wrong_class":
    case "no_access":
      return own === null ? "pending" : "forgotten";
    case "no_token": {
      const { reason } = refused.refusal;
      // An inactive location waits until it is active: then HighLevel takes the token, and the wish.
      const isOver = reason === "reconnect_required" || reason === "not_connected" ||
        reason === "refresh_failing" && failures >= HOPELESS_FAILURES &&
          secondsSinceRequest >= HOPELESS_SECONDS;
      // A location of an agency has no tokens of its own that could be taken away.
      return own !== null && isOver ? "forgotten" : "pending";
    }
    case "token_refused":
      return own !== null && failures >= REFUSED_FAILURES ? "forgotten" : "pending";
    case "location_inactive":
    case "rate_limited":
    case "unavailable":
    case "request_rejected":
      return "pending";
  }
}

async function endInstall(
  { database }: RemovalDependencies,
  { view, claimed, cause }: { view: ConnectionView; claimed: ClaimedRemoval; cause: string },
): Promise<void> {
  const askedAt = await databaseTime(database);
  const end = (db: Database) =>
    db.begin(async (tx) => {
      // Somebody who connected again meanwhile has a new install, which is not to be removed: its token is tried first.
      if (!await endRemoval(tx, claimed)) {
        if (cause === "removed") await suspectUninstall(tx, { connectionId: view.id, cause });
        return;
      }
      await wipeConnection(tx, { connectionId: view.id, cause, actor: "person" });
      if (view.kind === "company" || view.locationId === null || cause !== "removed") return;
      // HighLevel removes the app from the location as a whole.
      const [coverage] = await tx<{ companyConnectionId: string }[]>`
        SELECT company_connection_id AS "companyConnectionId" FROM coverages
        WHERE connection_id = ${view.id} AND installed`;
      if (coverage === undefined) return;
      const { companyConnectionId } = coverage;
      const { locationId } = view;
      await uncoverLocation(tx, { locationId, companyConnectionId, askedAt, cause, actor: "person" });
    });
  await askWithin(database, end, QUERY_MILLISECONDS);
}

/** False when it was taken back since. */
async function endRemoval(
  db: Queryable,
  { connectionId, requestedAt }: ClaimedRemoval,
): Promise<boolean> {
  const ended = await db`
    UPDATE connections SET ${undoubted(db)}
    WHERE id = ${connectionId} AND removal_requested_at = ${requestedAt}::text::timestamptz RETURNING id`;
  return ended.length > 0;
}

async function postpone(
  { database, random }: RemovalDependencies,
  { claimed, told }: { claimed: ClaimedRemoval; told: Result<null, CallFailure> },
): Promise<void> {
  const { connectionId, failures, lease } = claimed;
  const seconds = told.ok ? 0 : pauseSecondsAfter(told.failure, failures, random());
  await askWithin(
    database,
    (db) =>
      db`
        UPDATE connections SET
          removal_due_at = now() + make_interval(secs => ${seconds}), removal_failures = removal_failures + 1
        WHERE id = ${connectionId} AND removal_due_at = ${lease}::text::timestamptz`,
    QUERY_MILLISECONDS,
  );
}

/** Uninstalls at HighLevel what a person disconnected, and takes the tokens away once that is certain. */
import type { CallFailure } from "../agencies/call_with_token.ts";
import { pauseSecondsAfter } from "../agencies/check_coverage.ts";
import { mintLocationAnew } from "../agencies/mint_anew.ts";
import { uncoverLocation } from "../agencies/uncover.ts";
import { appendEvent } from "../connections/append_event.ts";
import { noteUninstall } from "../connections/note_uninstall.ts";
import { stateFor } from "../connections/problem_state.ts";
import { readConnection } from "../connections/read_status.ts";
import type { ConnectionView } from "../connections/status_for.ts";
import { suspectUninstall } from "../connections/suspect_uninstall.ts";
import { unwished } from "../connections/untroubled.ts";
import { wipeConnection } from "../connections/wipe_connection.ts";
import type { Database, Queryable, Transaction } from "../db/connect_database.ts";
import { databaseTime } from "../db/database_time.ts";
import { askWithin } from "../db/database_unavailable.ts";
import type { Result } from "../result.ts";
import {
  NO_STREAK,
  outcomeFor,
  type RemovalFailure,
  type RemovalOutcome,
  type Streak,
  streakWith,
} from "./removal_outcome.ts";
import { type ClaimedRemoval, claimedRemoval, REMOVAL_LEASE_SECONDS } from "./request_removal.ts";
import { type RemovalDependencies, tellHighLevel, type Telling, type Told } from "./tell_highlevel.ts";

const QUERY_MILLISECONDS = 5000;

/** Up to `limit` that are due, the longest waiting first. */
export async function claimRemovals(db: Database, limit: number): Promise<ClaimedRemoval[]> {
  return await db<ClaimedRemoval[]>`
    UPDATE connections SET removal_due_at = now() + make_interval(secs => ${REMOVAL_LEASE_SECONDS})
    WHERE id IN (
      SELECT id FROM connections WHERE removal_due_at <= now()
      ORDER BY removal_due_at LIMIT ${limit} FOR UPDATE SKIP LOCKED
    )
    RETURNING ${claimedRemoval(db, { isAskedFor: false })}`;
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
  const told = await tellHighLevel(deps, { view, claimed });
  const outcome = await conclude(deps, { view, claimed, told });
  logger[outcome === "pending" || outcome === "refused" ? "warn" : "info"]("removal_tried", {
    connection_id: connectionId,
    outcome,
    reason: told.ok ? undefined : told.failure.reason,
  });
  return outcome;
}

type Try = Telling & { readonly told: Result<Told, RemovalFailure> };

/** Stores what came of a try, unless the wish was taken back before that. */
async function conclude(deps: RemovalDependencies, tried: Try): Promise<RemovalOutcome> {
  const { view, claimed, told } = tried;
  if (told.ok && told.value === "taken_back") {
    return await askWithin(
      deps.database,
      (db) => outcomeWithoutWish(db, { connectionId: view.id, outcome: "removed" }),
      QUERY_MILLISECONDS,
    );
  }
  const streak = told.ok ? NO_STREAK : streakWith(told.failure, claimed);
  const outcome = told.ok ? "removed" : outcomeFor(told.failure, { hasOwn: view.own !== null, streak });
  const askedAt = await databaseTime(deps.database);
  let concluded: RemovalOutcome = outcome;
  const store = (db: Database) =>
    db.begin(async (tx) => {
      const isWished = outcome === "pending"
        ? await postpone(tx, { claimed, streak, seconds: pauseSecondsFor(deps, tried) })
        : await endRemoval(tx, claimed);
      concluded = isWished ? outcome : await afterTakenBack(tx, { tried, outcome });
      if (!isWished || outcome === "pending") return;
      if (outcome === "refused") await tellOfRefusal(tx, view.id);
      else await endInstall(tx, { view, cause: outcome, askedAt });
    });
  await askWithin(deps.database, store, QUERY_MILLISECONDS);
  return concluded;
}

async function endInstall(
  tx: Transaction,
  { view, cause, askedAt }: { view: ConnectionView; cause: RemovalOutcome; askedAt: Date },
): Promise<void> {
  const { id, kind, locationId, companyId } = view;
  // Whoever is connecting again at this moment may bring tokens that ended with the others.
  if (cause === "removed") await noteUninstall(tx, { companyId, locationId });
  await wipeConnection(tx, { connectionId: id, cause, actor: "person" });
  if (kind === "company" || locationId === null || cause !== "removed") return;
  // HighLevel removes the app from the location as a whole.
  const [coverage] = await tx<{ companyConnectionId: string }[]>`
    SELECT company_connection_id AS "companyConnectionId" FROM coverages
    WHERE connection_id = ${id} AND installed`;
  if (coverage === undefined) return;
  const { companyConnectionId } = coverage;
  await uncoverLocation(tx, { locationId, companyConnectionId, askedAt, cause, actor: "person" });
}

/** The wish is over and the install is there as before: the history says in which state. */
async function tellOfRefusal(tx: Transaction, connectionId: string): Promise<void> {
  const view = await readConnection(tx, connectionId);
  if (view === undefined) return;
  const problemCode = view.agency?.problemCode ?? null;
  const state = stateFor(problemCode);
  await appendEvent(tx, {
    connectionId,
    event: state === "connected" ? "covered" : state,
    cause: problemCode ?? "removal_refused",
    actor: "highlevel",
  });
}

/**
 * Somebody who connected again meanwhile has a new install, which was not to be removed. Where HighLevel may have removed it
 * all the same, having been told a moment before, it is found out at once.
 */
async function afterTakenBack(
  tx: Transaction,
  { tried: { view, told }, outcome }: { tried: Try; outcome: RemovalOutcome },
): Promise<RemovalOutcome> {
  const { id, locationId } = view;
  const mayBeRemoved = outcome === "removed" || !told.ok && told.failure.reason === "unavailable";
  if (mayBeRemoved) {
    await suspectUninstall(tx, { connectionId: id, cause: "removed" });
    if (locationId !== null) await mintLocationAnew(tx, locationId);
    await tx`UPDATE coverages SET check_due_at = now() WHERE connection_id = ${id} AND installed`;
  }
  return await outcomeWithoutWish(tx, { connectionId: id, outcome });
}

/** Of two tries at the same time, the one that was first may have ended the wish, and the install with it. */
async function outcomeWithoutWish(
  db: Queryable,
  { connectionId, outcome }: { connectionId: string; outcome: RemovalOutcome },
): Promise<RemovalOutcome> {
  return await readConnection(db, connectionId) === undefined ? outcome : "taken_back";
}

/** False when it was taken back since. */
async function endRemoval(
  db: Queryable,
  { connectionId, requestedAt }: ClaimedRemoval,
): Promise<boolean> {
  const ended = await db`
    UPDATE connections SET ${unwished(db)}
    WHERE id = ${connectionId} AND removal_requested_at = ${requestedAt}::text::timestamptz RETURNING id`;
  return ended.length > 0;
}

/** False when it was taken back since. Who asked for it again meanwhile is at it, and says when it is due. */
async function postpone(
  tx: Transaction,
  { claimed, streak, seconds }: { claimed: ClaimedRemoval; streak: Streak; seconds: number },
): Promise<boolean> {
  const { connectionId, requestedAt, lease } = claimed;
  const { obstacle, tries } = streak;
  const postponed = await tx`
    UPDATE connections SET
      removal_due_at = CASE WHEN removal_due_at = ${lease}::text::timestamptz
        THEN now() + make_interval(secs => ${seconds}) ELSE removal_due_at END,
      removal_failures = removal_failures + 1,
      removal_obstacle = ${obstacle},
      removal_obstacle_tries = ${tries},
      removal_obstacle_since = CASE
        WHEN removal_obstacle = ${obstacle} THEN removal_obstacle_since
        WHEN ${obstacle !== null} THEN now() END
    WHERE id = ${connectionId} AND removal_requested_at = ${requestedAt}::text::timestamptz RETURNING id`;
  return postponed.length > 0;
}

function pauseSecondsFor({ random }: RemovalDependencies, { claimed, told }: Try): number {
  if (told.ok) return 0;
  const { failure } = told;
  const refused: CallFailure = failure.reason === "tokens_refused" ? { reason: "token_refused" } : failure;
  return pauseSecondsAfter(refused, claimed.failures, random());
}

/** Tells HighLevel that the app is to be removed, with a token of its own install or one from its agency's. */
import type { AgencyDependencies } from "../agencies/agency_dependencies.ts";
import { callerFor, callWithRenewedToken } from "../agencies/call_with_token.ts";
import type { Minter } from "../agencies/minter.ts";
import { readConnection } from "../connections/read_status.ts";
import type { ConnectionView } from "../connections/status_for.ts";
import { REFUSED_CODES } from "../connections/wipe_connection.ts";
import type { Database } from "../db/connect_database.ts";
import { askWithin } from "../db/database_unavailable.ts";
import type { ApiCaller } from "../highlevel/api_call.ts";
import type { ApiRefusal } from "../highlevel/judge_api_refusal.ts";
import { uninstallApp, type UninstallSubject } from "../highlevel/uninstall_app.ts";
import { failure, type Result, success } from "../result.ts";
import { NO_STREAK, outcomeFor, type RemovalFailure } from "./removal_outcome.ts";
import type { ClaimedRemoval } from "./request_removal.ts";

/** `minted`: tokens of locations that have no install of their own. */
export type RemovalDependencies = AgencyDependencies & { readonly minted: Minter };

export interface Telling {
  readonly view: ConnectionView;
  readonly claimed: ClaimedRemoval;
}

/** `taken_back`: nobody wishes it any more, so HighLevel was not told. */
export type Told = "uninstalled" | "taken_back";

const QUERY_MILLISECONDS = 5000;
const REASON = "Disconnected by a person in the browser extension";
/** A minted token that lives shorter is minted again first. */
const LEAST_TTL_SECONDS = 30;

/** Throws when the database fails. */
export async function tellHighLevel(
  deps: RemovalDependencies,
  telling: Telling,
): Promise<Result<Told, RemovalFailure>> {
  const { view, claimed } = telling;
  const told = await tell(deps, telling);
  const isWaiting = !told.ok && told.failure.reason === "no_token" &&
    told.failure.refusal.reason === "refresh_failing";
  // Who waits for an answer does not wait for the next renewal.
  if (!isWaiting || !claimed.isAskedFor) return told;
  await (view.own === null ? deps.minted : deps.rotator).refreshNow(view.id);
  return await tell(deps, telling);
}

async function tell(deps: RemovalDependencies, telling: Telling): Promise<Result<Told, RemovalFailure>> {
  const { view } = telling;
  if (view.own === null) return await tellWithMintedToken(deps, telling);
  const told = await tellWithOwnToken(deps, telling);
  // What its own token cannot do any more, one from its agency's install can.
  const isOver = !told.ok &&
    outcomeFor(told.failure, { hasOwn: true, streak: NO_STREAK }) === "forgotten";
  return isOver && view.agency !== null ? await tellWithMintedToken(deps, telling) : told;
}

/** A refused access token alone is no proof that HighLevel will take none: its refresh token is presented first. */
async function tellWithOwnToken(
  deps: RemovalDependencies,
  telling: Telling,
): Promise<Result<Told, RemovalFailure>> {
  const { view: { id } } = telling;
  const told = await callWithRenewedToken(deps, id, (caller) => uninstall(deps, { caller, ...telling }));
  if (told.ok || told.failure.reason !== "token_refused") return told;
  const view = await askWithin(deps.database, (db) => readConnection(db, id), QUERY_MILLISECONDS);
  const problemCode = view?.own?.problemCode ?? null;
  if (REFUSED_CODES.includes(problemCode ?? "")) {
    return failure({ reason: "no_token", refusal: { reason: "reconnect_required" } });
  }
  if (problemCode !== "client_rejected") return told;
  const isAlone = await askWithin(deps.database, (db) => isRefusedAlone(db, id), QUERY_MILLISECONDS);
  return isAlone ? failure({ reason: "tokens_refused" }) : told;
}

/** A client that is refused together with others has a wrong secret, which says nothing about the install. */
async function isRefusedAlone(db: Database, connectionId: string): Promise<boolean> {
  const others = await db`
    SELECT id FROM connections WHERE problem_code = 'client_rejected' AND id <> ${connectionId} LIMIT 1`;
  return others.length === 0;
}

async function tellWithMintedToken(
  deps: RemovalDependencies,
  telling: Telling,
): Promise<Result<Told, RemovalFailure>> {
  const { minted } = deps;
  const { view: { id } } = telling;
  const first = await minted.liveToken(id, LEAST_TTL_SECONDS);
  if (!first.ok) return failure({ reason: "no_token", refusal: first.failure });
  const tellWith = (accessToken: string) =>
    uninstall(deps, { caller: callerFor(deps, { connectionId: id, accessToken }), ...telling });
  const told = await tellWith(first.value.accessToken);
  if (told.ok || told.failure.reason !== "token_refused") return told;
  await minted.mintNow(id);
  const second = await minted.liveToken(id, LEAST_TTL_SECONDS);
  if (!second.ok) return failure({ reason: "no_token", refusal: second.failure });
  const isSame = second.value.accessToken === first.value.accessToken;
  return isSame ? told : await tellWith(second.value.accessToken);
}

/**
 * With this very token, and only while the wish is there: a token may have been waited for, and whoever connected again
 * meanwhile, or brought the agency's install, would lose for good what they have just installed.
 */
async function uninstall(
  { database }: RemovalDependencies,
  { caller, view, claimed }: Telling & { caller: ApiCaller },
): Promise<Result<Told, ApiRefusal>> {
  const isWished = await askWithin(database, (db) => noteIfWished(db, claimed), QUERY_MILLISECONDS);
  if (!isWished) return success("taken_back");
  const told = await uninstallApp(caller, subjectOf(view));
  return told.ok ? success("uninstalled") : told;
}

/**
 * Notes that HighLevel is told now; false, and nothing is noted, when the wish was taken back. Every new install, of the
 * connection's own or of its agency, takes the wish back with the tokens that it stores. One whose code is being exchanged
 * at this moment is stored after this, and then in doubt.
 */
async function noteIfWished(
  db: Database,
  { connectionId, requestedAt }: ClaimedRemoval,
): Promise<boolean> {
  const wished = await db`
    UPDATE connections SET uninstall_told_at = clock_timestamp()
    WHERE id = ${connectionId} AND removal_requested_at = ${requestedAt}::text::timestamptz RETURNING id`;
  return wished.length > 0;
}

function subjectOf({ kind, companyId, locationId }: ConnectionView): UninstallSubject {
  const [name, id] = kind === "company" ? ["companyId", companyId] : ["locationId", locationId];
  if (id === null || id === undefined) throw new Error(`Cannot uninstall without a ${name}`);
  return name === "companyId" ? { companyId: id, reason: REASON } : { locationId: id, reason: REASON };
}

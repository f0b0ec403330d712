/**
 * Carries out what a webhook says. Webhooks come late, twice, out of order or never, so none is believed further than it
 * goes: what an agency's install reaches is asked of HighLevel, and an old word about an install is tried on its token.
 */
import type { AgencyDependencies } from "../agencies/agency_dependencies.ts";
import { askLocation } from "../agencies/ask_location.ts";
import type { CallFailure } from "../agencies/call_with_token.ts";
import type { Agency } from "../agencies/cover_locations.ts";
import { learnAgency } from "../agencies/learn_agency.ts";
import { listAtOnce, listSoon } from "../agencies/listing_schedule.ts";
import { mintLocationAnew } from "../agencies/mint_anew.ts";
import { readAgency, readCoveringAgency, readPossibleAgencies } from "../agencies/read_agency.ts";
import { askWithin } from "../db/database_unavailable.ts";
import type { Database } from "../db/connect_database.ts";
import { failure, type Result, success } from "../result.ts";
import { endInstalls } from "./end_installs.ts";
import type { WebhookEvent } from "./parse_event.ts";
import type { ClaimedWebhook } from "./webhook_inbox.ts";

type InstallEvent = Extract<WebhookEvent, { type: "INSTALL" | "UPDATE" }>;
type UninstallEvent = Extract<WebhookEvent, { type: "UNINSTALL" }>;
type LocationEvent = Extract<WebhookEvent, { type: "LocationCreate" | "LocationUpdate" }>;

/**
 * Why it has to be carried out again later.
 * - `listing_first`: a listing is to answer for many at once
 * - `not_yet`: HighLevel's list does not know yet what its webhook said a moment ago
 * - the others: HighLevel did not answer
 */
export type ApplyFailure = CallFailure | { readonly reason: "listing_first" | "not_yet" };

const QUERY_MILLISECONDS = 5000;
/** An INSTALL that names no agency is asked about with so many at the most; the listings find the others. */
const MOST_AGENCIES = 20;
/** With more news of installs waiting than this, one listing answers for all of them. */
const MOST_QUESTIONS = 20;
/** So often the listings get time for that. An agency that cannot be listed now does not keep the others from being asked. */
const PATIENT_ATTEMPTS = 3;
/** So long HighLevel's list may be behind its webhooks. */
const LAG_SECONDS = 240;

/** May be carried out any number of times. Throws when the database fails. */
export async function applyEvent(
  deps: AgencyDependencies,
  webhook: Pick<ClaimedWebhook, "event" | "receivedAt" | "attempts">,
): Promise<Result<null, ApplyFailure>> {
  const { event } = webhook;
  switch (event.type) {
    case "INSTALL":
    case "UPDATE":
      return await applyInstall(deps, event, webhook);
    case "UNINSTALL":
      return await applyUninstall(deps, event, webhook.receivedAt);
    case "LocationCreate":
    case "LocationUpdate":
      return await applyLocation(deps, event);
  }
}

async function applyInstall(
  { database, ...deps }: AgencyDependencies,
  event: InstallEvent,
  { receivedAt, attempts }: Pick<ClaimedWebhook, "receivedAt" | "attempts">,
): Promise<Result<null, ApplyFailure>> {
  const { companyId, locationId, companyName, tellsWhitelabel, whitelabelDomain } = event;
  const ask = asking(database);
  if (companyId !== null) {
    const facts = {
      companyId,
      name: companyName,
      whitelabelDomain: tellsWhitelabel ? whitelabelDomain : undefined,
      toldAt: event.at,
    };
    await ask((db) => learnAgency(db, facts));
  }
  if (locationId === null) {
    const agency = companyId === null ? undefined : await ask((db) => readAgency(db, companyId));
    if (agency !== undefined) await ask((db) => listAtOnce(db, agency.companyId));
    return success(null);
  }
  const agencies = companyId === null
    ? await ask((db) => readPossibleAgencies(db, { locationId, limit: MOST_AGENCIES }))
    : [await ask((db) => readAgency(db, companyId))].filter((agency) => agency !== undefined);
  const companyIds = agencies.map((agency) => agency.companyId);
  const listed = await ask((db) => readListedSince(db, { companyIds, receivedAt }));
  const unlisted = companyIds.filter((id) => !listed.has(id));
  if (unlisted.length > 0 && attempts <= PATIENT_ATTEMPTS && await ask(hasManyInstalls)) {
    if (await ask((db) => isAnswered(db, { locationId, receivedAt }))) return success(null);
    for (const id of unlisted) await ask((db) => listSoon(db, id));
    return failure({ reason: "listing_first" });
  }
  let unanswered: Result<never, ApplyFailure> | undefined;
  let isContradicted = false;
  for (const agency of agencies) {
    const known = await ask((db) => isAnswered(db, { locationId, receivedAt }));
    if (known) return success(null);
    const asked = await askLocation({ ...deps, database }, { agency, locationId, cause: "install_webhook" });
    if (asked.ok && asked.value) return success(null);
    // Of several agencies it is one that has the location: another's trouble does not keep that one from being asked.
    if (!asked.ok && !isLeftToListing(asked.failure)) unanswered ??= asked;
    isContradicted ||= asked.ok && !listed.has(agency.companyId);
  }
  if (unanswered !== undefined) return unanswered;
  return isContradicted && await ask((db) => isRecent(db, receivedAt))
    ? failure({ reason: "not_yet" })
    : success(null);
}

async function applyUninstall(
  deps: AgencyDependencies,
  { companyId, locationId, at }: UninstallEvent,
  receivedAt: Date,
): Promise<Result<null, ApplyFailure>> {
  const ask = asking(deps.database);
  await ask((db) => endInstalls(db, { companyId, locationId, at }));
  const agency = locationId === null ? undefined : await ask((db) => readCoveringAgency(db, locationId));
  if (agency === undefined || locationId === null) return success(null);
  await ask((db) => mintLocationAnew(db, locationId));
  const asked = await askLocation(deps, { agency, locationId, cause: "uninstall_webhook" });
  if (!asked.ok) return isLeftToListing(asked.failure) ? success(null) : asked;
  return asked.value && await ask((db) => isRecent(db, receivedAt))
    ? failure({ reason: "not_yet" })
    : success(null);
}

async function applyLocation(
  deps: AgencyDependencies,
  { type, locationId, companyId, name, at }: LocationEvent,
): Promise<Result<null, ApplyFailure>> {
  const ask = asking(deps.database);
  if (name !== null) await ask((db) => renameLocation(db, { locationId, name, at }));
  if (type === "LocationUpdate" || companyId === null) return success(null);
  const agency = await ask((db) => readAgency(db, companyId));
  return agency === undefined
    ? success(null)
    : await askAbout(deps, { agency, locationId, cause: "location_webhook" });
}

async function askAbout(
  deps: AgencyDependencies,
  question: { agency: Agency; locationId: string; cause: string },
): Promise<Result<null, ApplyFailure>> {
  const asked = await askLocation(deps, question);
  return asked.ok || isLeftToListing(asked.failure) ? success(null) : asked;
}

/** Whoever may not ask about one location may not list them either; once that is mended, a listing brings the answer. */
function isLeftToListing(refused: CallFailure): boolean {
  switch (refused.reason) {
    case "no_token":
      return refused.refusal.reason !== "refresh_failing";
    case "scope_missing":
    case "wrong_class":
    case "no_access":
    case "not_installed":
      return true;
    default:
      return false;
  }
}

/** HighLevel was asked about the location after it had sent this. */
async function isAnswered(
  db: Database,
  { locationId, receivedAt }: { locationId: string; receivedAt: Date },
): Promise<boolean> {
  const answered = await db`
    SELECT v.connection_id FROM coverages v JOIN connections c ON c.id = v.connection_id
    WHERE c.kind = 'location' AND c.location_id = ${locationId} AND v.asked_at > ${receivedAt} AND v.installed`;
  return answered.length > 0;
}

/** Those of which a complete listing was begun after HighLevel had sent this. What it did not name is asked about alone. */
async function readListedSince(
  db: Database,
  { companyIds, receivedAt }: { companyIds: readonly string[]; receivedAt: Date },
): Promise<ReadonlySet<string>> {
  const listed = await db<{ companyId: string }[]>`
    SELECT company_id AS "companyId" FROM agencies
    WHERE company_id = ANY(${[...companyIds]}) AND listed_at > ${receivedAt}`;
  return new Set(listed.map(({ companyId }) => companyId));
}

async function isRecent(db: Database, receivedAt: Date): Promise<boolean> {
  const [row] = await db<{ isRecent: boolean }[]>`
    SELECT ${receivedAt} > now() - make_interval(secs => ${LAG_SECONDS}) AS "isRecent"`;
  return row?.isRecent ?? false;
}

async function hasManyInstalls(db: Database): Promise<boolean> {
  const [row] = await db<{ waiting: number }[]>`
    SELECT count(*)::int AS waiting FROM (
      SELECT FROM webhook_inbox WHERE due_at IS NOT NULL AND event LIKE '%"type":"INSTALL"%'
      LIMIT ${MOST_QUESTIONS + 1}) waiting`;
  return (row?.waiting ?? 0) > MOST_QUESTIONS;
}

/** The name that HighLevel gave last, by its own clock. */
async function renameLocation(
  db: Database,
  { locationId, name, at }: { locationId: string; name: string; at: string | null },
): Promise<void> {
  await db`
    UPDATE connections SET
      location_name = ${name}, location_named_at = coalesce(${at}::timestamptz, location_named_at)
    WHERE kind = 'location' AND location_id = ${locationId}
      AND coalesce(${at}::timestamptz >= location_named_at, true)`;
}

function asking(database: Database): <T>(question: (db: Database) => PromiseLike<T>) => Promise<T> {
  return (question) => askWithin(database, question, QUERY_MILLISECONDS);
}

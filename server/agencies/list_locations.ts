/**
 * Lists all locations of an agency, page by page, and stores each page at once. What a listing does not name is not gone
 * for that, because pages shift while they are read: HighLevel is asked about it alone.
 */
import { suspectUninstall } from "../connections/suspect_uninstall.ts";
import type { Database } from "../db/connect_database.ts";
import { askWithin } from "../db/database_unavailable.ts";
import { type ListingPage, listInstalledLocations } from "../highlevel/installed_locations.ts";
import { failure, type Result, success } from "../result.ts";
import type { AgencyDependencies } from "./agency_dependencies.ts";
import { type CallFailure, callWithToken } from "./call_with_token.ts";
import { coverLocations } from "./cover_locations.ts";
import { databaseTime } from "../db/database_time.ts";
import { type ClaimedListing, completeListing, postponeListing, renewListing } from "./listing_schedule.ts";

/** HighLevel sends as many entries as it likes; this is the most that its later version promises. */
const PAGE_ENTRIES = 100;
/** What it sends to those who do not say. */
const DOCUMENTED_ENTRIES = 20;
/** A list that goes on for longer than this does not end. */
const MOST_PAGES = 5000;
/** Beyond a whole interval of the limits, it is not the limits. */
const LONGEST_PAUSE_SECONDS = 60;
const PAUSE_SECONDS = 10;
const PAGE_TRIES = 5;
const QUERY_MILLISECONDS = 5000;

/** Never throws for what HighLevel says: it is tried again later. Throws when the database fails. */
export async function listLocations(deps: AgencyDependencies, claimed: ClaimedListing): Promise<void> {
  const { database, logger } = deps;
  const held = { claimed, limit: PAGE_ENTRIES };
  const listed = await readAllPages(deps, held);
  if (!listed.ok) {
    logger.warn("listing_postponed", {
      connection_id: claimed.agency.connectionId,
      reason: listed.failure.reason,
    });
    await askWithin(database, (db) => postponeListing(db, held.claimed, deps.random()), QUERY_MILLISECONDS);
    return;
  }
  const { connectionId } = claimed.agency;
  const { missing, isEmptied } = await askWithin(
    database,
    (db) => completeListing(db, { ...listed.value, ...held, random: deps.random() }),
    QUERY_MILLISECONDS,
  );
  if (isEmptied) {
    const suspect = (db: Database) =>
      db.begin((tx) => suspectUninstall(tx, { connectionId, cause: "listed_nothing" }));
    await askWithin(database, suspect, QUERY_MILLISECONDS);
  }
  logger.info("locations_listed", {
    connection_id: connectionId,
    locations: listed.value.locations,
    pages: listed.value.pages,
    missing,
  });
}

/** The claim as it stands: it is renewed with every page. And how many entries a page has, which HighLevel may refuse. */
interface Held {
  claimed: ClaimedListing;
  limit: number;
}

interface Listed {
  readonly startedAt: Date;
  readonly locations: number;
  readonly pages: number;
  readonly installsFutureLocations: boolean | null;
}

type ListingFailure = CallFailure | { readonly reason: "disconnected" | "stopping" | "endless" };

async function readAllPages(
  deps: AgencyDependencies,
  held: Held,
): Promise<Result<Listed, ListingFailure>> {
  const { database } = deps;
  const { agency } = held.claimed;
  const ids = new Set<string>();
  let startedAt: Date | undefined;
  let installsFutureLocations: boolean | null = null;
  for (let [pages, skip] = [1, 0]; pages <= MOST_PAGES; pages++) {
    const askedAt = await databaseTime(database);
    startedAt ??= askedAt;
    const page = await readPage(deps, held, skip);
    if (!page.ok) return page;
    const { locations, entries, count } = page.value;
    if (!await coverLocations(database, { agency, locations, askedAt, cause: "listed" })) {
      return failure({ reason: "disconnected" });
    }
    for (const { locationId } of locations) ids.add(locationId);
    installsFutureLocations = page.value.installsFutureLocations ?? installsFutureLocations;
    skip += entries;
    // A short page is not the last one: HighLevel decides how many entries it sends.
    if (entries === 0 || count !== null && skip >= count) {
      return success({ startedAt, locations: ids.size, pages, installsFutureLocations });
    }
    if (!await pause(deps, held, page.value.pauseSeconds ?? 0)) return failure({ reason: "stopping" });
  }
  return failure({ reason: "endless" });
}

/** An answer that was lost or came too early does not cost the pages before it. */
async function readPage(
  deps: AgencyDependencies,
  held: Held,
  skip: number,
): Promise<Result<ListingPage, ListingFailure>> {
  const { connectionId, companyId } = held.claimed.agency;
  for (let tries = 1;; tries++) {
    const page = await callWithToken(
      deps,
      connectionId,
      (caller) => listInstalledLocations(caller, { companyId, skip, limit: held.limit }),
    );
    if (page.ok || tries >= PAGE_TRIES) return page;
    const { failure: refused } = page;
    if (refused.reason === "request_rejected" && held.limit > DOCUMENTED_ENTRIES) {
      held.limit = DOCUMENTED_ENTRIES;
      continue;
    }
    if (refused.reason !== "rate_limited" && refused.reason !== "unavailable") return page;
    const seconds = refused.pauseSeconds ?? (refused.reason === "rate_limited" ? PAUSE_SECONDS : tries);
    if (!await pause(deps, held, seconds)) return failure({ reason: "stopping" });
  }
}

/** Holds on to the listing meanwhile. False when the process has to end. */
async function pause(
  { database, clock, stopping }: AgencyDependencies,
  held: Held,
  seconds: number,
): Promise<boolean> {
  held.claimed = await askWithin(database, (db) => renewListing(db, held.claimed), QUERY_MILLISECONDS);
  if (seconds > 0 && !stopping.aborted) {
    await clock.delay(Math.min(seconds, LONGEST_PAUSE_SECONDS) * 1000, stopping);
  }
  return !stopping.aborted;
}

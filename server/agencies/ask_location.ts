/** Asks HighLevel whether an agency's install reaches one location, and stores the answer. */
import { askWithin } from "../db/database_unavailable.ts";
import { type ListingPage, listInstalledLocations } from "../highlevel/installed_locations.ts";
import { failure, type Result, success } from "../result.ts";
import type { AgencyDependencies } from "./agency_dependencies.ts";
import { type CallFailure, callWithToken } from "./call_with_token.ts";
import { type Agency, coverLocations } from "./cover_locations.ts";
import { databaseTime } from "../db/database_time.ts";
import { uncoverLocation } from "./uncover.ts";

const QUERY_MILLISECONDS = 5000;
const LIMIT = 20;

export interface LocationQuestion {
  readonly agency: Agency;
  readonly locationId: string;
  /** What brought it up; it stands in the history when the answer is news. */
  readonly cause: string;
}

/** Whether the location is reached now. Throws when the database fails. */
export async function askLocation(
  deps: AgencyDependencies,
  { agency, locationId, cause }: LocationQuestion,
): Promise<Result<boolean, CallFailure>> {
  const { database } = deps;
  const askedAt = await databaseTime(database);
  const page = await callWithToken(
    deps,
    agency.connectionId,
    (caller) =>
      listInstalledLocations(caller, { companyId: agency.companyId, skip: 0, limit: LIMIT, locationId }),
  );
  if (!page.ok) return page;
  const locations = page.value.locations.filter((listed) => listed.locationId === locationId);
  if (locations.length > 0) {
    return success(await coverLocations(database, { agency, locations, askedAt, cause }));
  }
  if (!isAboutOne(page.value)) {
    deps.logger.error("listing_filter_ignored", { connection_id: agency.connectionId });
    return failure({ reason: "unavailable", pauseSeconds: null });
  }
  await askWithin(
    database,
    (db) =>
      uncoverLocation(db, {
        locationId,
        companyConnectionId: agency.connectionId,
        askedAt,
        cause,
        actor: "highlevel",
      }),
    QUERY_MILLISECONDS,
  );
  return success(false);
}

/** Other locations in the answer mean that the question was not understood, and then it proves nothing. */
function isAboutOne({ entries, unreadable, locations }: ListingPage): boolean {
  return entries <= 1 && unreadable === 0 && locations.length === 0;
}

/** `GET /oauth/installedLocations`: page by page, the locations of an agency in which the app is installed. */
import * as v from "valibot";
import { HighLevelId } from "#shared/identifiers.ts";
import { failure, type Result, success } from "../result.ts";
import { type ApiCaller, appIdOf, callApi, type Unusable } from "./api_call.ts";
import { pauseSecondsFor } from "./call_pace.ts";
import type { HttpAnswered } from "./http_answer.ts";
import type { ApiRefusal } from "./judge_api_refusal.ts";
import { parseName } from "./resource_name.ts";

/** Which page. `limit` is a wish: HighLevel does not publish how many entries it sends at most. */
export interface PageQuery {
  readonly companyId: string;
  readonly skip: number;
  readonly limit: number;
  /** Asks about one location alone. */
  readonly locationId?: string;
}

export interface ListedLocation {
  readonly locationId: string;
  readonly name: string | null;
}

export interface ListingPage {
  /** Those with the app installed, each once. */
  readonly locations: readonly ListedLocation[];
  /** How many entries HighLevel sent, whatever they said: what the next page skips beyond. */
  readonly entries: number;
  /** How many of them name no location: with any, what is not on the page may be there all the same. */
  readonly unreadable: number;
  /** Described as the number of all locations of the company, with or without the app; `null` when not told. */
  readonly count: number | null;
  readonly installsFutureLocations: boolean | null;
  /** Seconds to leave HighLevel alone before the next call. */
  readonly pauseSeconds: number | null;
}

const PageAnswer = v.object({
  locations: v.array(v.unknown()),
  count: v.fallback(v.nullable(v.pipe(v.number(), v.safeInteger(), v.minValue(0))), null),
  installToFutureLocations: v.fallback(v.nullable(v.boolean()), null),
});

// One odd entry must not hide the other locations of its page.
const Entry = v.object({
  _id: HighLevelId,
  name: v.optional(v.pipe(v.unknown(), v.transform(parseName)), null),
  isInstalled: v.optional(v.unknown()),
});

/** One page. The list is not a moment's: locations may come and go between two pages. */
export async function listInstalledLocations(
  caller: ApiCaller,
  { companyId, skip, limit, locationId }: PageQuery,
): Promise<Result<ListingPage, ApiRefusal>> {
  return await callApi(caller, {
    operation: "installed_locations",
    method: "GET",
    path: "/oauth/installedLocations",
    query: {
      companyId,
      appId: appIdOf(caller.app),
      isInstalled: "true",
      skip: `${skip}`,
      limit: `${limit}`,
      ...(locationId === undefined ? {} : { locationId }),
    },
    parse: parseListingPage,
  });
}

function parseListingPage({ json, headers }: HttpAnswered): Result<ListingPage, Unusable> {
  const parsed = v.safeParse(PageAnswer, json);
  if (!parsed.success) return failure({ field: v.getDotPath(parsed.issues[0]) });
  const { locations, count, installToFutureLocations } = parsed.output;
  const unreadable = locations.filter((entry) => !v.is(Entry, entry)).length;
  if (unreadable > 0 && unreadable === locations.length) return failure({ field: "locations.0._id" });
  return success({
    locations: installedAmong(locations),
    entries: locations.length,
    unreadable,
    count,
    installsFutureLocations: installToFutureLocations,
    pauseSeconds: pauseSecondsFor(headers),
  });
}

function installedAmong(entries: readonly unknown[]): ListedLocation[] {
  const names = new Map<string, string | null>();
  for (const entry of entries) {
    const parsed = v.safeParse(Entry, entry);
    // An entry that does not say so was found by the filter.
    if (!parsed.success || parsed.output.isInstalled === false) continue;
    const { _id, name } = parsed.output;
    names.set(_id, name ?? names.get(_id) ?? null);
  }
  return [...names].map(([locationId, name]) => ({ locationId, name }));
}

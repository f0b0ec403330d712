/** Which HighLevel location an address belongs to. It says nothing about whether anyone may see that location. */
import { isLocationId } from "#shared/identifiers.ts";

/** HighLevel's own hosts. Agencies put the same app on domains of their own. */
export const HIGHLEVEL_HOSTS: readonly string[] = ["app.gohighlevel.com", "app.leadconnectorhq.com"];

/**
 * - `location`: the address names a location
 * - `agency_page`: HighLevel, but no location in the address
 * - `not_highlevel`: anything else
 */
export type ActiveLocation =
  | { kind: "location"; locationId: string }
  | { kind: "agency_page" }
  | { kind: "not_highlevel" };

/** Reads the location id from a tab's address (HighLevel fact 6.4). */
export function parseActiveLocation(address: string): ActiveLocation {
  if (!URL.canParse(address)) return { kind: "not_highlevel" };
  const url = new URL(address);
  const isHighLevelHost = HIGHLEVEL_HOSTS.includes(url.hostname) && url.protocol === "https:";
  const isWebPage = url.protocol === "https:" || url.protocol === "http:";

  // The older form is too common a path to be believed on a host that nobody knows.
  const pattern = isHighLevelHost ? /^\/(?:v2\/)?location\/([^/]+)/ : /^\/v2\/location\/([^/]+)/;
  const locationId = pattern.exec(url.pathname)?.[1];
  if (isWebPage && locationId !== undefined && isLocationId(locationId)) {
    return { kind: "location", locationId };
  }
  return { kind: isHighLevelHost ? "agency_page" : "not_highlevel" };
}

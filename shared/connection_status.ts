/** What a client learns about the connection of one location, and never more: no token, no install details. */
import * as v from "valibot";

/**
 * Where a connection stands. `degraded`: refresh is failing and retried, the access token may still work.
 * `paused`: HighLevel says the location is not active. `reconnect_required`: a person has to connect again.
 */
export const CONNECTION_STATES = [
  "connected",
  "degraded",
  "paused",
  "reconnect_required",
  "not_connected",
] as const;
export type ConnectionState = typeof CONNECTION_STATES[number];

const Timestamp = v.pipe(v.string(), v.isoTimestamp("Expected an ISO 8601 timestamp in UTC"));

/** Why a connection is not `connected`, since when, and when Relatch tries again by itself (`null`: it does not). */
export const ConnectionProblem = v.object({
  code: v.string(),
  since: Timestamp,
  retryAt: v.nullable(Timestamp),
});
export type ConnectionProblem = v.InferOutput<typeof ConnectionProblem>;

/** Body of `GET /api/locations/:locationId/status`. Times are ISO 8601 UTC, absent values are `null`. */
export const ConnectionStatus = v.object({
  state: v.picklist(CONNECTION_STATES),
  kind: v.nullable(v.picklist(["location", "company"])),
  connectionId: v.nullable(v.string()),
  locationId: v.nullable(v.string()),
  locationName: v.nullable(v.string()),
  companyId: v.nullable(v.string()),
  scopes: v.array(v.string()),
  missingScopes: v.array(v.string()),
  accessTokenExpiresAt: v.nullable(Timestamp),
  lastRefreshedAt: v.nullable(Timestamp),
  nextRefreshAt: v.nullable(Timestamp),
  problem: v.nullable(ConnectionProblem),
});
export type ConnectionStatus = v.InferOutput<typeof ConnectionStatus>;

/** The one body for a location that is unknown and for one that this session was not granted. */
export function notConnectedStatus(locationId: string): ConnectionStatus {
  return {
    state: "not_connected",
    kind: null,
    connectionId: null,
    locationId,
    locationName: null,
    companyId: null,
    scopes: [],
    missingScopes: [],
    accessTokenExpiresAt: null,
    lastRefreshedAt: null,
    nextRefreshAt: null,
    problem: null,
  };
}

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

/** ISO 8601 in UTC, and a day that exists: what `Date.parse()` takes for a moment in every browser. */
export const Timestamp = v.pipe(
  v.string(),
  v.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/, "Expected an ISO 8601 timestamp in UTC"),
  v.check(isRealDate, "Expected a day that exists"),
);

// "2024-02-30" is read as the first of March.
function isRealDate(text: string): boolean {
  const time = Date.parse(text);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text.slice(0, 10));
}

/** Ids, codes and scopes. Nothing comes near; whoever keeps an answer knows how large it can be. */
const ShortText = v.pipe(v.string(), v.maxLength(200));
const Scopes = v.pipe(v.array(ShortText), v.maxLength(500));

/**
 * Why a refresh fails.
 * - `highlevel_unavailable`: no usable answer: network, gateway, server error, damaged body
 * - `rate_limited`: HighLevel wants fewer calls
 * - `request_rejected`: HighLevel refuses the request as such and says nothing about the connection
 * - `client_rejected`: HighLevel refuses the app's credentials: the operator has to act
 * - `token_unreadable`: the stored token does not open with the configured keys: the operator has to act
 * - `location_inactive`: HighLevel says that the location is not active: `paused`
 * - `refresh_token_rejected`: HighLevel no longer accepts the refresh token: `reconnect_required`
 * - `install_revoked`: HighLevel refuses this install alone, over and over: `reconnect_required`
 * - `scope_missing`: the agency's install may not do what its locations need (`oauth.write`): `reconnect_required`
 * - `removal_pending`: a person disconnected it, and HighLevel has not confirmed that yet: it is asked again
 */
export const CONNECTION_PROBLEM_CODES = [
  "highlevel_unavailable",
  "rate_limited",
  "request_rejected",
  "client_rejected",
  "token_unreadable",
  "location_inactive",
  "refresh_token_rejected",
  "install_revoked",
  "scope_missing",
  "removal_pending",
] as const;
export type ConnectionProblemCode = typeof CONNECTION_PROBLEM_CODES[number];

/** Why a connection is not `connected`, since when, and when Relatch tries again by itself (`null`: it does not). */
export const ConnectionProblem = v.object({
  code: ShortText,
  since: Timestamp,
  retryAt: v.nullable(Timestamp),
});
export type ConnectionProblem = v.InferOutput<typeof ConnectionProblem>;

/**
 * Body of `GET /api/locations/:locationId/status`. Times are ISO 8601 UTC, absent values are `null`. `kind` tells whose install
 * the state is about: the location's own, or that of its agency. An agency's own connection has no `locationId`.
 */
export const ConnectionStatus = v.object({
  state: v.picklist(CONNECTION_STATES),
  kind: v.nullable(v.picklist(["location", "company"])),
  connectionId: v.nullable(ShortText),
  locationId: v.nullable(ShortText),
  locationName: v.nullable(v.pipe(v.string(), v.maxLength(1000))),
  companyId: v.nullable(ShortText),
  scopes: Scopes,
  missingScopes: Scopes,
  accessTokenExpiresAt: v.nullable(Timestamp),
  lastRefreshedAt: v.nullable(Timestamp),
  nextRefreshAt: v.nullable(Timestamp),
  problem: v.nullable(ConnectionProblem),
});
export type ConnectionStatus = v.InferOutput<typeof ConnectionStatus>;

/** The one body for a location that is unknown and for one that this session was not granted. */
export function notConnectedStatus(locationId: string | null): ConnectionStatus {
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

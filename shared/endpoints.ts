/** The paths of the server, each in one place: routes are declared with the patterns, clients build URLs. */

export const CONNECT_PATH = "/connect";
export const SESSIONS_PATH = "/api/sessions";
export const CURRENT_SESSION_PATH = "/api/sessions/current";
export const LOCATION_STATUS_PATTERN = "/api/locations/:locationId/status";
export const LOCATION_TOKEN_PATTERN = "/api/locations/:locationId/token";
export const COMPANY_TOKEN_PATTERN = "/api/companies/:companyId/token";
export const CONNECTIONS_PATH = "/api/connections";
export const CONNECTION_PATTERN = "/api/connections/:connectionId";
export const CONNECTION_REFRESH_PATTERN = "/api/connections/:connectionId/refresh";
export const CONNECTION_EVENTS_PATTERN = "/api/connections/:connectionId/events";
export const AGENCY_DOMAINS_PATH = "/api/agency-domains";
export const WEBHOOKS_PATH = "/webhooks";
export const HEALTH_PATH = "/healthz";
export const READY_PATH = "/readyz";

/** Path of the status of one location. */
export function locationStatusPath(locationId: string): string {
  return LOCATION_STATUS_PATTERN.replace(":locationId", encodeURIComponent(locationId));
}

/** Path of the access token of one location. */
export function locationTokenPath(locationId: string): string {
  return LOCATION_TOKEN_PATTERN.replace(":locationId", encodeURIComponent(locationId));
}

/** Path of the access token of one company (agency). */
export function companyTokenPath(companyId: string): string {
  return COMPANY_TOKEN_PATTERN.replace(":companyId", encodeURIComponent(companyId));
}

/** Path of one connection, to disconnect it. */
export function connectionPath(connectionId: string): string {
  return CONNECTION_PATTERN.replace(":connectionId", encodeURIComponent(connectionId));
}

/** Path that refreshes one connection now. */
export function connectionRefreshPath(connectionId: string): string {
  return CONNECTION_REFRESH_PATTERN.replace(":connectionId", encodeURIComponent(connectionId));
}

/** Path of the history of one connection. */
export function connectionEventsPath(connectionId: string): string {
  return CONNECTION_EVENTS_PATTERN.replace(":connectionId", encodeURIComponent(connectionId));
}

/** The paths of the server, each in one place: routes are declared with the patterns, clients build URLs. */

export const CONNECT_PATH = "/connect";
export const SESSIONS_PATH = "/api/sessions";
export const CURRENT_SESSION_PATH = "/api/sessions/current";
export const LOCATION_STATUS_PATTERN = "/api/locations/:locationId/status";
export const HEALTH_PATH = "/healthz";
export const READY_PATH = "/readyz";

/** Path of the status of one location. */
export function locationStatusPath(locationId: string): string {
  return LOCATION_STATUS_PATTERN.replace(":locationId", encodeURIComponent(locationId));
}

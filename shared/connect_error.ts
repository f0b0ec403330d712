/** Why an attempt to connect ended without a connection, as it travels in `error` of the extension's redirect URL. */
import * as v from "valibot";

/**
 * - `invalid_request`: the extension asked in a way the server does not accept (versions out of step)
 * - `access_denied`: the person said no on HighLevel's page
 * - `attempt_expired`: more than ten minutes passed
 * - `code_rejected`: HighLevel does not know the authorization code: used already, or too old
 * - `location_inactive`: HighLevel says that the location is not active (plan paused, cancelled or not completed)
 * - `highlevel_unavailable`: HighLevel did not answer, or not in a way that can be used; trying again may help
 * - `operator_action_required`: HighLevel refused the app itself (client credentials, redirect URL): the operator must act
 * - `rate_limited`: too many attempts from this address
 * - `server_error`: Relatch itself failed
 */
export const CONNECT_ERRORS = [
  "invalid_request",
  "access_denied",
  "attempt_expired",
  "code_rejected",
  "location_inactive",
  "highlevel_unavailable",
  "operator_action_required",
  "rate_limited",
  "server_error",
] as const;
export type ConnectError = typeof CONNECT_ERRORS[number];

/** True for a value that this version knows; a newer server may send others. */
export function isConnectError(value: unknown): value is ConnectError {
  return v.is(v.picklist(CONNECT_ERRORS), value);
}

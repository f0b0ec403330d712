/** The body of every error answer under `/api`, and the codes it can carry. */
import * as v from "valibot";

/**
 * - `invalid_request` (400): a body, query or path value that no version of the API accepts
 * - `invalid_grant` (400): the grant code is unknown, used, expired, or the code verifier does not belong to it
 * - `unauthorized` (401): no session, or one that has ended; for integrations, no API key, or none that is live
 * - `invalid_signature` (401): a webhook that HighLevel did not sign
 * - `agency_install` (403): the location is among those of an agency's install: only who connected the agency may remove it
 * - `removal_refused` (403): HighLevel does not let the agency's install remove the app from this location
 * - `not_found` (404): no such route, or nothing there that this credential may see
 * - `payload_too_large` (413)
 * - `unsupported_media_type` (415): the body is not JSON
 * - `headers_too_large` (431)
 * - `rate_limited` (429): `Retry-After` says how many seconds to wait
 * - `internal_error` (500): Relatch failed; the request id finds it in the log
 * - `reconnect_required` (409): the access token has ended and HighLevel gives no other: a person has to connect again
 * - `location_paused` (409): the access token has ended and HighLevel says that the location is not active
 * - `refresh_failing` (503): no access token that lives long enough could be had at the moment; `Retry-After` is set
 * - `unavailable` (503): the database is away or does not answer; `Retry-After` is set
 */
export const API_ERROR_CODES = [
  "invalid_request",
  "invalid_grant",
  "unauthorized",
  "invalid_signature",
  "agency_install",
  "removal_refused",
  "not_found",
  "payload_too_large",
  "unsupported_media_type",
  "headers_too_large",
  "rate_limited",
  "reconnect_required",
  "location_paused",
  "refresh_failing",
  "internal_error",
  "unavailable",
] as const;
export type ApiErrorCode = typeof API_ERROR_CODES[number];

/** Error body. `code` is a string to a reader, since a newer server may know more codes than this version. */
export const ApiError = v.object({
  error: v.object({ code: v.string(), message: v.string(), requestId: v.string() }),
});
export type ApiError = v.InferOutput<typeof ApiError>;

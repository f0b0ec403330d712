/** The one map from what went wrong to what goes over the wire under `/api`. */
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { ApiError, ApiErrorCode } from "#shared/api_error.ts";
import type { AppContext } from "./http/context.ts";

/** What a handler may throw to end a request: it becomes the error answer of its code. */
export class ApiFailure extends Error {
  override readonly name = "ApiFailure";
  readonly code: ApiErrorCode;
  /** Seconds, sent as `Retry-After`. */
  readonly retryAfter: number | undefined;
  constructor(code: ApiErrorCode, message: string, retryAfter?: number) {
    super(message);
    this.code = code;
    this.retryAfter = retryAfter;
  }
}

/** The error answer of `failure`, with the id by which the log finds the request. */
export function apiErrorResponse(c: AppContext, failure: ApiFailure): Response {
  const { code, message, retryAfter } = failure;
  if (retryAfter !== undefined) c.header("retry-after", String(retryAfter));
  if (code === "unauthorized") c.header("www-authenticate", "Bearer");
  const body: ApiError = { error: { code, message, requestId: c.get("requestId") } };
  return c.json(body, statusFor(code));
}

function statusFor(code: ApiErrorCode): ContentfulStatusCode {
  switch (code) {
    case "invalid_request":
    case "invalid_grant":
      return 400;
    case "unauthorized":
    case "invalid_signature":
      return 401;
    case "agency_install":
    case "removal_refused":
      return 403;
    case "not_found":
      return 404;
    case "reconnect_required":
    case "location_paused":
      return 409;
    case "payload_too_large":
      return 413;
    case "unsupported_media_type":
      return 415;
    case "rate_limited":
      return 429;
    case "headers_too_large":
      return 431;
    case "internal_error":
      return 500;
    case "refresh_failing":
    case "unavailable":
      return 503;
  }
}

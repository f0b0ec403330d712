import assert from "node:assert/strict";
import { type ApiRefusal, judgeApiRefusal } from "../../../server/highlevel/judge_api_refusal.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const TRACE = "3f9a2c1e-0000-4000-8000-1234567890ab";
const HTML = undefined;

/** Every refusal of HighLevel's API that was published or seen, its variants, and what stands before it. */
const REFUSALS: readonly (readonly [number, unknown, ApiRefusal["reason"]])[] = [
  // The access token.
  [401, { statusCode: 401, message: "Invalid JWT" }, "token_refused"],
  [401, { statusCode: 401, message: "Invalid JWT", traceId: TRACE }, "token_refused"],
  [
    401,
    { statusCode: 401, message: "Invalid token: access token is invalid", error: "Unauthorized" },
    "token_refused",
  ],
  [401, { message: "jwt expired" }, "token_refused"],
  [401, { message: ["The access token has expired"] }, "token_refused"],
  [401, { error: "invalid_token", error_description: "Unknown" }, "token_refused"],
  [401, { error: { code: "unauthorized", message: "Invalid access token" } }, "token_refused"],
  [403, { statusCode: 403, message: "Invalid JWT" }, "token_refused"],
  // The token is good, and not good enough.
  [401, { statusCode: 401, message: "The token is not authorized for this scope." }, "scope_missing"],
  [403, { message: "The token is not authorized for this scope" }, "scope_missing"],
  [
    401,
    {
      statusCode: 401,
      message:
        "This authClass type is not allowed to access this scope. Please verify your IAM configuration if this is not the case.",
    },
    "wrong_class",
  ],
  [401, { statusCode: 401, message: "Token's user type mismatch!" }, "wrong_class"],
  [403, { statusCode: 403, message: "The token does not have access to this location." }, "no_access"],
  [401, { statusCode: 401, message: "The token does not have access to this location." }, "no_access"],
  [403, { statusCode: 403, message: "The token does not have access to this company." }, "no_access"],
  [
    403,
    {
      statusCode: 403,
      message: "The client does not have necessary permissions to access installer details.",
    },
    "no_access",
  ],
  // The app is gone.
  [400, { statusCode: 400, message: "App is not installed on this location" }, "not_installed"],
  [403, { message: "The app is not installed on this location" }, "not_installed"],
  [404, { statusCode: 404, message: "App is not installed on this location" }, "not_installed"],
  [400, { statusCode: 400, message: "App is not installed" }, "not_installed"],
  [400, { message: ["App not installed"] }, "not_installed"],
  [400, { error: { code: "bad_request", message: "The application has been uninstalled" } }, "not_installed"],
  [400, { message: "App is no longer installed in this company" }, "not_installed"],
  // The location, or its agency, is not active.
  [400, { statusCode: 400, message: "Location is not active" }, "location_inactive"],
  [401, { error: "UnAuthorized!", error_description: "Location is not active" }, "location_inactive"],
  [400, { message: "Company is not active" }, "location_inactive"],
  [403, { message: "This location is inactive: app is not installed" }, "location_inactive"],
  // The request as such: nothing is said about the install.
  [
    422,
    { statusCode: 422, message: ["companyId should not be empty"], error: "Unprocessable Entity" },
    "request_rejected",
  ],
  [422, HTML, "request_rejected"],
  [422, { message: "App is not installed" }, "request_rejected"],
  [401, { statusCode: 401, message: "version header was not found." }, "request_rejected"],
  [
    400,
    { statusCode: 400, message: "Invalid API version segment 'x' at position 0" },
    "request_rejected",
  ],
  [
    400,
    {
      message:
        "Endpoint /oauth/installedLocations not available in API version v3. This endpoint was removed in version v3.",
      error: "Bad Request",
      statusCode: 400,
    },
    "request_rejected",
  ],
  [
    400,
    { message: "API endpoint has been removed", error: "Bad Request", statusCode: 400 },
    "request_rejected",
  ],
  [400, { statusCode: 400, message: "Missing parameter: companyId" }, "request_rejected"],
  [400, { statusCode: 400, message: "Invalid parameter: access token" }, "request_rejected"],
  [400, { statusCode: 400, message: ["limit must not be greater than 100"] }, "request_rejected"],
  [400, { statusCode: 400, message: ["isInstalled must be a boolean value"] }, "request_rejected"],
  // Too many calls.
  [429, { statusCode: 429, message: "Too Many Requests" }, "rate_limited"],
  [429, HTML, "rate_limited"],
  [429, { message: "App is not installed" }, "rate_limited"],
  // Words that nobody knows prove nothing.
  [400, {}, "unavailable"],
  [400, HTML, "unavailable"],
  [400, "App is not installed", "unavailable"],
  [400, { message: "Something else" }, "unavailable"],
  [400, { message: "Cannot tell whether the app is not installed" }, "unavailable"],
  [400, { message: "The app is installed" }, "unavailable"],
  [401, HTML, "unavailable"],
  [401, { statusCode: 401, message: "Unauthorized" }, "unavailable"],
  [401, { message: "The token is not expired yet" }, "unavailable"],
  [403, HTML, "unavailable"],
  [403, { message: "Forbidden" }, "unavailable"],
  [404, { statusCode: 404, message: "Cannot POST /oauth/locationToken", error: "Not Found" }, "unavailable"],
  [404, HTML, "unavailable"],
  // Statuses that are not HighLevel's own say nothing, whatever their words.
  [301, HTML, "unavailable"],
  [302, HTML, "unavailable"],
  [405, { message: "App is not installed" }, "unavailable"],
  [408, HTML, "unavailable"],
  [410, { message: "App is not installed" }, "unavailable"],
  [500, { statusCode: 500, message: "Internal server error" }, "unavailable"],
  [500, { message: "Invalid JWT" }, "unavailable"],
  [502, HTML, "unavailable"],
  [503, { message: "App is not installed" }, "unavailable"],
  [504, HTML, "unavailable"],
  // A success that was not what the call asked for.
  [200, HTML, "unavailable"],
  [200, { statusCode: 400, message: "App is not installed" }, "unavailable"],
  [204, HTML, "unavailable"],
];

for (const [status, json, expected] of REFUSALS) {
  Deno.test(`judgeApiRefusal() calls ${status} ${json === HTML ? "without JSON" : JSON.stringify(json)} ${expected}`, () => {
    assert.equal(judgeApiRefusal({ status, json, headers: new Headers() }).reason, expected);
  });
}

Deno.test("judgeApiRefusal() calls no answer unavailable, whether or not something was sent", () => {
  for (const sent of [true, false]) {
    assert.deepEqual(judgeApiRefusal({ status: null, error: "TimeoutError", sent }), {
      reason: "unavailable",
      pauseSeconds: null,
    });
  }
});

Deno.test("judgeApiRefusal() tells how long HighLevel wants to be left alone", () => {
  const burst = { "x-ratelimit-remaining": "0", "x-ratelimit-interval-milliseconds": "10000" };
  const pauses = [
    [429, {}, { reason: "rate_limited", pauseSeconds: null }],
    [429, burst, { reason: "rate_limited", pauseSeconds: 10 }],
    [429, { "x-ratelimit-daily-remaining": "0" }, { reason: "rate_limited", pauseSeconds: 3600 }],
    [503, { "retry-after": "17" }, { reason: "unavailable", pauseSeconds: 17 }],
    [422, burst, { reason: "request_rejected", pauseSeconds: 10 }],
  ] as const;
  for (const [status, headers, expected] of pauses) {
    assert.deepEqual(judgeApiRefusal({ status, json: undefined, headers: new Headers(headers) }), expected);
  }
});

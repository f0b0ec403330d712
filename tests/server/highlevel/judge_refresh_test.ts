import assert from "node:assert/strict";
import { judgeRefresh, type RefreshJudgement } from "../../../server/highlevel/judge_refresh.ts";

Deno.test.sanitizer({ ops: true, resources: true });

/** A judgement in one word, with "?" where the token may have been used up. */
type Verdict =
  | "dead"
  | "paused"
  | "client_rejected"
  | "highlevel_unavailable"
  | "highlevel_unavailable?"
  | "rate_limited"
  | "request_rejected";

const TRACE = "3f9a2c1e-0000-4000-8000-1234567890ab";
const HTML = undefined;

/** Every answer of HighLevel's token endpoint that was published or seen, its variants, and what stands before it. */
const REFUSALS: readonly (readonly [number, unknown, Verdict])[] = [
  // This refresh token is refused: invalid, expired, used, malformed.
  [400, { statusCode: 400, message: "Invalid grant: refresh token is invalid" }, "dead"],
  [400, { statusCode: 400, message: "Invalid grant: refresh token is invalid", traceId: TRACE }, "dead"],
  [401, { statusCode: 401, message: "Invalid grant: refresh token is invalid" }, "dead"],
  [400, { error: "invalid_grant", error_description: "This refresh token is invalid" }, "dead"],
  [401, { error: "invalid_grant", error_description: "This refresh token is invalid" }, "dead"],
  [400, { error: "invalid_grant" }, "dead"],
  [400, { error: { code: "invalid_grant", message: "Token expired" } }, "dead"],
  [401, { error: "UnAuthorized!", error_description: "Invalid refresh token" }, "dead"],
  [400, { error: "UnAuthorized!", error_description: "Invalid refresh token" }, "dead"],
  [400, { statusCode: 400, message: ["Refresh token has expired"] }, "dead"],
  [403, { message: "The refresh token was revoked" }, "dead"],
  [401, { message: "Refresh token not found" }, "dead"],
  [400, { message: "Refresh token is already used" }, "dead"],
  // The location, or its agency, is not active: the token is good again when it is.
  [400, { statusCode: 400, message: "Location is not active" }, "paused"],
  [400, { statusCode: 400, message: "Location is not active", traceId: TRACE }, "paused"],
  [401, { error: "UnAuthorized!", error_description: "Location is not active" }, "paused"],
  [400, { error: { code: "bad_request", message: "Location is not active" } }, "paused"],
  [400, { message: "Company is not active" }, "paused"],
  [400, { message: "Invalid grant: location is not active" }, "paused"],
  // The app's credentials, or the install as such: the words are the same.
  [401, { error: "UnAuthorized!", error_description: "Invalid client credentials!" }, "client_rejected"],
  [400, { error: "UnAuthorized!", error_description: "Invalid client credentials!" }, "client_rejected"],
  [401, { error: "invalid_client" }, "client_rejected"],
  [400, { error: "unauthorized_client", error_description: "Not allowed" }, "client_rejected"],
  [401, { statusCode: 401, message: "Invalid client id" }, "client_rejected"],
  [400, { statusCode: 400, message: "Invalid parameter: client_id" }, "client_rejected"],
  [400, { statusCode: 400, message: "Missing parameter: client_secret" }, "client_rejected"],
  // The request as such: nothing is said about the token.
  [400, { statusCode: 400, message: "Invalid parameter: user_type" }, "request_rejected"],
  [400, { statusCode: 400, message: "Missing parameter: refresh_token" }, "request_rejected"],
  [400, { statusCode: 400, message: "Invalid parameter: refresh_token" }, "request_rejected"],
  [
    422,
    { statusCode: 422, message: ["grant_type should not be empty"], error: "Unprocessable Entity" },
    "request_rejected",
  ],
  [
    422,
    { statusCode: 422, message: ["grant_type must be a valid enum value"], traceId: TRACE },
    "request_rejected",
  ],
  [422, { message: ["refresh_token should not be empty"] }, "request_rejected"],
  [422, { message: "Invalid grant: refresh token is invalid" }, "request_rejected"],
  [422, HTML, "request_rejected"],
  // Too many calls.
  [429, { statusCode: 429, message: "Too many requests" }, "rate_limited"],
  [429, HTML, "rate_limited"],
  [429, { message: "Invalid grant: refresh token is invalid" }, "rate_limited"],
  // Words that nobody knows prove nothing.
  [400, {}, "highlevel_unavailable"],
  [400, HTML, "highlevel_unavailable"],
  [400, "Invalid grant", "highlevel_unavailable"],
  [400, { message: "Something else" }, "highlevel_unavailable"],
  [400, { message: "Token is not active" }, "highlevel_unavailable"],
  [400, { message: "The refresh token is currently being used by another request" }, "highlevel_unavailable"],
  [400, { message: "Refresh token is used by another request" }, "highlevel_unavailable"],
  [400, { message: "Refresh token is not expired yet" }, "highlevel_unavailable"],
  [400, { message: "Unable to check if the refresh token is expired" }, "highlevel_unavailable"],
  [
    401,
    { error: "UnAuthorized!", error_description: "Authorization code not found" },
    "highlevel_unavailable",
  ],
  [401, { statusCode: 401, message: "Invalid JWT" }, "highlevel_unavailable"],
  [401, { statusCode: 401, message: "version header was not found." }, "highlevel_unavailable"],
  [401, HTML, "highlevel_unavailable"],
  [403, HTML, "highlevel_unavailable"],
  [403, { message: "Forbidden" }, "highlevel_unavailable"],
  // Statuses that are not the token endpoint's own say nothing, whatever their words.
  [404, { message: "Invalid grant: refresh token is invalid" }, "highlevel_unavailable"],
  [404, HTML, "highlevel_unavailable"],
  [405, HTML, "highlevel_unavailable"],
  [410, HTML, "highlevel_unavailable"],
  [413, HTML, "highlevel_unavailable"],
  // Between HighLevel and us: whether the token was used up is not known.
  [301, HTML, "highlevel_unavailable?"],
  [302, HTML, "highlevel_unavailable?"],
  [408, HTML, "highlevel_unavailable?"],
  [500, { statusCode: 500, message: "Internal server error" }, "highlevel_unavailable?"],
  [500, { message: "Invalid grant: refresh token is invalid" }, "highlevel_unavailable?"],
  [500, { message: "Invalid client credentials!" }, "highlevel_unavailable?"],
  [502, HTML, "highlevel_unavailable?"],
  [503, HTML, "highlevel_unavailable?"],
  [504, HTML, "highlevel_unavailable?"],
  [520, HTML, "highlevel_unavailable?"],
  // A success whose tokens cannot be read.
  [200, HTML, "highlevel_unavailable?"],
  [200, {}, "highlevel_unavailable?"],
  [200, null, "highlevel_unavailable?"],
  [200, [], "highlevel_unavailable?"],
  [200, { access_token: "a", expires_in: 86399 }, "highlevel_unavailable?"],
  [200, { refresh_token: "r", expires_in: 86399 }, "highlevel_unavailable?"],
  [200, { access_token: "", refresh_token: "r", expires_in: 86399 }, "highlevel_unavailable?"],
  [200, { access_token: "a", refresh_token: 5, expires_in: 86399 }, "highlevel_unavailable?"],
  [200, { statusCode: 400, message: "Invalid grant: refresh token is invalid" }, "highlevel_unavailable?"],
  [204, HTML, "highlevel_unavailable?"],
];

for (const [status, json, expected] of REFUSALS) {
  Deno.test(`judgeRefresh() calls ${status} ${json === HTML ? "without JSON" : JSON.stringify(json)} ${expected}`, () => {
    assert.equal(verdictOf(judgeRefresh({ status, json, headers: new Headers() })), expected);
  });
}

function verdictOf(judgement: RefreshJudgement): string {
  if (judgement.kind !== "transient") return judgement.kind;
  return judgement.code + (judgement.mayHaveRotated ? "?" : "");
}

Deno.test("judgeRefresh() takes no answer for a token that may have been used up, unless nothing was sent", () => {
  assert.equal(
    verdictOf(judgeRefresh({ status: null, error: "TimeoutError", sent: true })),
    "highlevel_unavailable?",
  );
  assert.equal(
    verdictOf(judgeRefresh({ status: null, error: "TypeError", sent: false })),
    "highlevel_unavailable",
  );
});

Deno.test("judgeRefresh() reads the new tokens and ignores what it does not know", () => {
  const json = {
    access_token: "access",
    token_type: "Bearer",
    expires_in: 86399,
    refresh_token: "refresh",
    scope: "contacts.readonly contacts.write",
    refreshTokenId: "65f1c0ffee65f1c0ffee65f1",
    userType: "Location",
    companyId: "tDtDnQdgm2LXpyiqYvZ6",
    locationId: "ve9EPM428h8vShlRW1KT",
    userId: "l1C08ntBrFjLS0elLIYU",
    somethingNew: { deep: [1] },
  };
  assert.deepEqual(judgeRefresh({ status: 200, json, headers: new Headers() }), {
    kind: "rotated",
    tokens: {
      accessToken: "access",
      refreshToken: "refresh",
      expiresIn: 86399,
      scopes: ["contacts.readonly", "contacts.write"],
      locationId: "ve9EPM428h8vShlRW1KT",
      companyId: "tDtDnQdgm2LXpyiqYvZ6",
      userId: "l1C08ntBrFjLS0elLIYU",
    },
  });
});

Deno.test("judgeRefresh() throws no refresh token away because of anything beside it", () => {
  for (const expires_in of [undefined, null, "soon", -5, 0, Number.POSITIVE_INFINITY, 1e12]) {
    const json = { access_token: "a", refresh_token: "r", expires_in, scope: 7, companyId: "?", userId: {} };
    const judgement = judgeRefresh({ status: 201, json, headers: new Headers() });
    assert.ok(judgement.kind === "rotated");
    assert.equal(judgement.tokens.refreshToken, "r");
    assert.equal(judgement.tokens.expiresIn, 3600);
  }
});

const PAUSES: readonly (readonly [string, Record<string, string>, number | null])[] = [
  ["nothing", {}, null],
  ["Retry-After in seconds", { "retry-after": "17" }, 17],
  [
    "Retry-After as a date, by the answer's own clock",
    { "retry-after": "Wed, 21 Oct 2026 07:28:30 GMT", date: "Wed, 21 Oct 2026 07:28:00 GMT" },
    30,
  ],
  ["Retry-After as a date without a clock", { "retry-after": "Wed, 21 Oct 2026 07:28:30 GMT" }, null],
  ["a Retry-After that is none", { "retry-after": "soon" }, null],
  ["a Retry-After beyond reason", { "retry-after": "999999999" }, 3600],
  [
    "calls that are left",
    { "x-ratelimit-remaining": "5", "x-ratelimit-interval-milliseconds": "10000" },
    null,
  ],
  ["no calls left in the interval", {
    "x-ratelimit-remaining": "0",
    "x-ratelimit-interval-milliseconds": "10000",
  }, 10],
  ["no calls left today", { "x-ratelimit-daily-remaining": "0" }, 3600],
  ["no calls left today, until a reset", {
    "x-ratelimit-daily-remaining": "0",
    "x-ratelimit-daily-reset": "90000",
  }, 90],
];

for (const [title, headers, pauseSeconds] of PAUSES) {
  Deno.test(`judgeRefresh() waits ${pauseSeconds} s for a 429 with ${title}`, () => {
    const judgement = judgeRefresh({ status: 429, json: undefined, headers: new Headers(headers) });
    assert.deepEqual(judgement, {
      kind: "transient",
      code: "rate_limited",
      mayHaveRotated: false,
      pauseSeconds,
    });
  });
}

import assert from "node:assert/strict";
import {
  type ExchangeFailure,
  type Install,
  parseTokenAnswer,
} from "../../../server/highlevel/token_answer.ts";
import type { Result } from "../../../server/result.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const ANSWER = {
  access_token: "access",
  token_type: "Bearer",
  expires_in: 86399,
  refresh_token: "refresh",
  scope: "contacts.readonly contacts.write",
  userType: "Location",
  locationId: "ve9EPM428h8vShlRW1KT",
  companyId: "tDtDnQdgm2LXpyiqYvZ6",
  userId: "l1C08ntBrFjLS0elLIYU",
};

function answered(
  status: number,
  json: unknown,
  headers: Record<string, string> = {},
): Result<Install, ExchangeFailure> {
  return parseTokenAnswer({ status, json, headers: new Headers(headers) });
}

Deno.test("parseTokenAnswer() takes HighLevel's time from the answer, and none from a date that is no date", () => {
  for (
    const [date, expected] of [
      ["Tue, 24 Nov 2026 12:00:07 GMT", "2026-11-24T12:00:07.000Z"],
      ["yesterday", undefined],
    ] as const
  ) {
    const parsed = answered(200, ANSWER, { date });
    assert.ok(parsed.ok);
    assert.equal(parsed.value.authorizedAt?.toISOString(), expected);
  }
});

Deno.test("parseTokenAnswer() reads a Location install", () => {
  assert.deepEqual(answered(200, ANSWER), {
    ok: true,
    value: {
      kind: "location",
      locationId: ANSWER.locationId,
      companyId: ANSWER.companyId,
      userId: ANSWER.userId,
      accessToken: "access",
      expiresIn: 86399,
      refreshToken: "refresh",
      scopes: ["contacts.readonly", "contacts.write"],
      authorizedAt: null,
    },
  });
});

Deno.test("parseTokenAnswer() reads a Company install, which names no location", () => {
  const { locationId: _, ...rest } = ANSWER;
  const parsed = answered(
    201,
    { ...rest, userType: "Company", isBulkInstallation: true },
  );
  assert.ok(parsed.ok);
  assert.deepEqual([parsed.value.kind, parsed.value.locationId], ["company", null]);
});

Deno.test("parseTokenAnswer() ignores fields it does not know and does without those that may be missing", () => {
  const { companyId: _c, userId: _u, scope: _s, ...rest } = ANSWER;
  const parsed = answered(
    200,
    { ...rest, somethingNew: { deep: [1] }, traceId: null },
  );
  assert.ok(parsed.ok);
  assert.deepEqual([parsed.value.companyId, parsed.value.userId, parsed.value.scopes], [null, null, []]);
});

Deno.test("parseTokenAnswer() lets only what nothing works without refuse an answer", () => {
  const parsed = answered(200, {
    ...ANSWER,
    expires_in: "86399",
    companyId: "",
    userId: 5,
    scope: "contacts.readonly con\u0000tacts contacts.write",
  });
  assert.ok(parsed.ok);
  const { expiresIn, companyId, userId, scopes } = parsed.value;
  assert.deepEqual([expiresIn, companyId, userId], [86399, null, null]);
  assert.deepEqual(scopes, ["contacts.readonly", "contacts.write"]);
  assert.ok(answered(200, { ...ANSWER, scope: null, userId: "a\u0000b" }).ok);
});

Deno.test("parseTokenAnswer() refuses a success that names no tokens or no install, and names the first field", () => {
  const broken: readonly [unknown, string | null][] = [
    [undefined, null],
    [null, null],
    [[], "userType"],
    ...["access_token", "refresh_token", "expires_in", "userType", "locationId"].map((
      field,
    ): [unknown, string] => [{ ...ANSWER, [field]: undefined }, field]),
    [{ ...ANSWER, access_token: "" }, "access_token"],
    [{ ...ANSWER, expires_in: -1 }, "expires_in"],
    [{ ...ANSWER, expires_in: 1e300 }, "expires_in"],
    [{ ...ANSWER, expires_in: "soon" }, "expires_in"],
    [{ ...ANSWER, userType: "Agency" }, "userType"],
    [{ ...ANSWER, locationId: "../../etc" }, "locationId"],
  ];
  for (const [json, field] of broken) {
    const expected = { ok: false, failure: { reason: "unusable_answer", field } };
    assert.deepEqual(answered(200, json), expected, JSON.stringify(json));
  }
});

const REFUSALS: readonly [number, unknown, ExchangeFailure["reason"]][] = [
  [401, { error: "UnAuthorized!", error_description: "Authorization code not found" }, "code_rejected"],
  [400, { error: "invalid_grant", error_description: "The code has expired" }, "code_rejected"],
  [400, { statusCode: 400, message: "Invalid grant: authorization code is invalid" }, "code_rejected"],
  [400, { statusCode: 400, message: "Invalid parameter: code" }, "code_rejected"],
  [401, { error: { code: "UNAUTHORIZED", message: "Authorization code not found" } }, "code_rejected"],
  [401, { error: "UnAuthorized!", error_description: "Invalid client credentials!" }, "client_rejected"],
  [401, { error: { code: "UNAUTHORIZED", message: "Invalid client credentials!" } }, "client_rejected"],
  [400, { error: "invalid_client" }, "client_rejected"],
  [400, { statusCode: 400, message: "Invalid parameter: redirect_uri" }, "client_rejected"],
  [400, { statusCode: 400, message: ["Invalid parameter: redirect_uri"] }, "client_rejected"],
  [
    422,
    { statusCode: 422, message: ["grant_type must be a valid enum value"], error: "Unprocessable Entity" },
    "client_rejected",
  ],
  [400, { statusCode: 400, message: "Location is not active" }, "location_inactive"],
  [400, { statusCode: 400, message: "Something nobody has seen" }, "unavailable"],
  [400, undefined, "unavailable"],
  [403, undefined, "unavailable"],
  [302, undefined, "unavailable"],
  [408, { message: "client timeout" }, "unavailable"],
  [499, { message: "client closed request" }, "unavailable"],
  [429, { message: "Too many requests for client" }, "unavailable"],
  [500, { message: "Invalid client credentials!" }, "unavailable"],
  [502, undefined, "unavailable"],
];

for (const [status, json, expected] of REFUSALS) {
  const text = JSON.stringify(json) ?? "without JSON";
  Deno.test(`parseTokenAnswer() calls ${status} ${text.slice(0, 70)} ${expected}`, () => {
    assert.deepEqual(answered(status, json), { ok: false, failure: { reason: expected } });
  });
}

import assert from "node:assert/strict";
import { type ExchangeFailure, parseTokenAnswer } from "../../../server/highlevel/token_answer.ts";

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

Deno.test("parseTokenAnswer() reads a Location install", () => {
  assert.deepEqual(parseTokenAnswer(200, JSON.stringify(ANSWER)), {
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
    },
  });
});

Deno.test("parseTokenAnswer() reads a Company install, which names no location", () => {
  const { locationId: _, ...rest } = ANSWER;
  const parsed = parseTokenAnswer(
    201,
    JSON.stringify({ ...rest, userType: "Company", isBulkInstallation: true }),
  );
  assert.ok(parsed.ok);
  assert.deepEqual([parsed.value.kind, parsed.value.locationId], ["company", null]);
});

Deno.test("parseTokenAnswer() ignores fields it does not know and does without those that may be missing", () => {
  const { companyId: _c, userId: _u, scope: _s, ...rest } = ANSWER;
  const parsed = parseTokenAnswer(
    200,
    JSON.stringify({ ...rest, somethingNew: { deep: [1] }, traceId: null }),
  );
  assert.ok(parsed.ok);
  assert.deepEqual([parsed.value.companyId, parsed.value.userId, parsed.value.scopes], [null, null, []]);
});

Deno.test("parseTokenAnswer() refuses a success that names no tokens or no install", () => {
  const broken = [
    "",
    "<html>Welcome</html>",
    "null",
    "[]",
    JSON.stringify(ANSWER).slice(0, -20),
    ...["access_token", "refresh_token", "expires_in", "userType", "locationId"].map((field) =>
      JSON.stringify({ ...ANSWER, [field]: undefined })
    ),
    JSON.stringify({ ...ANSWER, access_token: "" }),
    JSON.stringify({ ...ANSWER, expires_in: "86399" }),
    JSON.stringify({ ...ANSWER, expires_in: -1 }),
    JSON.stringify({ ...ANSWER, userType: "Agency" }),
    JSON.stringify({ ...ANSWER, locationId: "../../etc" }),
  ];
  for (const body of broken) {
    assert.deepEqual(parseTokenAnswer(200, body), { ok: false, failure: "unusable_answer" }, body);
  }
});

const REFUSALS: readonly [number, unknown, ExchangeFailure][] = [
  [401, { error: "UnAuthorized!", error_description: "Authorization code not found" }, "code_rejected"],
  [400, { error: "invalid_grant", error_description: "The code has expired" }, "code_rejected"],
  [400, { statusCode: 400, message: "Invalid grant: authorization code is invalid" }, "code_rejected"],
  [401, { error: "UnAuthorized!", error_description: "Invalid client credentials!" }, "client_rejected"],
  [400, { error: "invalid_client" }, "client_rejected"],
  [400, { statusCode: 400, message: "Invalid parameter: redirect_uri" }, "client_rejected"],
  [422, {
    statusCode: 422,
    message: ["grant_type must be a valid enum value"],
    error: "Unprocessable Entity",
  }, "client_rejected"],
  [400, { statusCode: 400, message: "Location is not active" }, "location_inactive"],
  [400, { statusCode: 400, message: "Something nobody has seen" }, "unavailable"],
  [400, "<html><h1>Bad request</h1></html>", "unavailable"],
  [403, "<html>Checking your browser</html>", "unavailable"],
  [302, "", "unavailable"],
  [408, {}, "unavailable"],
  [429, { message: "Too many requests for client" }, "unavailable"],
  [500, { message: "Invalid client credentials!" }, "unavailable"],
  [502, "<html>Bad gateway</html>", "unavailable"],
  [503, "", "unavailable"],
];

for (const [status, body, expected] of REFUSALS) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  Deno.test(`parseTokenAnswer() calls ${status} ${text.slice(0, 70)} ${expected}`, () => {
    assert.deepEqual(parseTokenAnswer(status, text), { ok: false, failure: expected });
  });
}

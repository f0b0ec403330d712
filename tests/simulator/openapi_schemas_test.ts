import assert from "node:assert/strict";
import { Ajv } from "ajv";
import { OPENAPI_SCHEMAS } from "./openapi_schemas.ts";
import { createStillSimulator, install, postToken, presentRefreshToken, rotate } from "./token_client.ts";
import { TOKEN_PARAMETERS } from "./token_request.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const ajv = new Ajv({ strict: true, allErrors: true, formats: { "date-time": true } });

/** Fields that answers carry although the description does not declare them. */
const UNDECLARED = ["refreshTokenId", "traceId", "installMeta"];

/** Throws unless the value fits the schema and every field of it is declared there or known not to be. */
function assertFits(name: keyof typeof OPENAPI_SCHEMAS, value: object): void {
  const schema = OPENAPI_SCHEMAS[name];
  assert.ok(ajv.validate(schema, value), `${name}: ${ajv.errorsText()}`);
  const declared = [...Object.keys(schema.properties), ...UNDECLARED];
  assert.deepEqual(Object.keys(value).filter((field) => !declared.includes(field)), []);
}

Deno.test("the copied schemas tell a wrong token answer from a right one", async () => {
  const right = await install(createStillSimulator());
  const { userId: _, ...incomplete } = right;
  assert.throws(() => assertFits("tokenAnswer", incomplete), /userId/);
  assert.throws(() => assertFits("tokenAnswer", { ...right, expires_in: "86399" }), /expires_in/);
  assert.throws(() => assertFits("tokenAnswer", { ...right, expiresIn: 86399 }));
});

Deno.test("the token endpoint reads exactly the parameters that HighLevel's description declares", () => {
  const declared = Object.keys(OPENAPI_SCHEMAS.tokenRequest.properties);
  assert.deepEqual([...TOKEN_PARAMETERS].sort(), declared.sort());
});

for (const installer of ["location", "agency"] as const) {
  Deno.test(`token answers of a ${installer} install fit HighLevel's description`, async () => {
    const simulator = createStillSimulator({
      switches: { extraTokenFields: "always", approvedLocations: "present" },
    });
    const first = await install(simulator, { installer });
    assertFits("tokenAnswer", first);
    assertFits("tokenAnswer", await rotate(simulator, first.refresh_token));
    assertFits("tokenAnswer", await rotate(simulator, first.refresh_token));
  });
}

Deno.test("refusals with a statusCode fit the described error of their status", async () => {
  const simulator = createStillSimulator();
  assertFits("badRequest", await (await presentRefreshToken(simulator, "a.b.c")).json());
  assertFits("unprocessable", await (await postToken(simulator, {})).json());
  const headers = { Version: "2021-07-28", Authorization: "Bearer unknown" };
  const unauthorized = await simulator.app.request("/locations/ve9EPM428h8vShlRW1KT", { headers });
  assertFits("unauthorized", await unauthorized.json());
});

Deno.test("refused clients do not get the described error, as third parties measured", async () => {
  const refused = await postToken(createStillSimulator(), {
    grant_type: "refresh_token",
    refresh_token: "a.b.c",
    client_secret: crypto.randomUUID(),
  });
  const body = await refused.json();
  assert.throws(() => assertFits("unauthorized", body));
});

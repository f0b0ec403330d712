import assert from "node:assert/strict";
import { Ajv } from "ajv";
import {
  callApi,
  COMPANY_ID,
  FIRST,
  installAgency,
  INSTALLATIONS_PATH,
  removeApp,
  requestMint,
  requestPage,
} from "./api_client.ts";
import { readFields } from "./body_fields.ts";
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

/** Fields of minted answers beyond the description, which official samples have (facts 4.1). */
const UNDECLARED_IN_MINTED = ["refresh_token", "userType", "companyId"];

Deno.test("minted tokens fit HighLevel's description but for the fields that its samples add", async () => {
  const simulator = createStillSimulator({ switches: { extraTokenFields: "always" } });
  const { access_token: token } = await installAgency(simulator);
  const answer = await (await requestMint(simulator, { token, locationId: FIRST })).json();
  for (const field of UNDECLARED_IN_MINTED) {
    assert.ok(field in answer, field);
    delete answer[field];
  }
  assertFits("locationTokenAnswer", answer);
});

Deno.test("pages of installed locations fit HighLevel's description", async () => {
  const simulator = createStillSimulator();
  const { access_token: token } = await installAgency(simulator);
  const page = await (await requestPage(simulator, { token })).json();
  assertFits("installedLocationsAnswer", page);
  const declared = Object.keys(
    OPENAPI_SCHEMAS.installedLocationsAnswer.properties.locations.items.properties,
  );
  assert.deepEqual(Object.keys(page.locations[0]).sort(), declared.sort());
});

for (const installer of ["location", "agency"] as const) {
  Deno.test(`installer details and removal of a ${installer} install fit HighLevel's description`, async () => {
    const simulator = createStillSimulator();
    const [company] = simulator.settings.companies;
    assert.ok(company);
    company.whitelabel = { domain: "crm.example.com", logoUrl: "https://crm.example.com/logo.png" };
    const { access_token: token } = await install(simulator, { installer });
    const details = await (await callApi(simulator, { path: INSTALLATIONS_PATH, token })).json();
    assertFits("installerDetailsAnswer", details);
    const { properties } = OPENAPI_SCHEMAS.installerDetailsAnswer.properties.installationDetails;
    const undeclared = Object.keys(details.installationDetails).filter((field) => !(field in properties));
    assert.deepEqual(undeclared, []);
    const target = installer === "agency" ? { companyId: COMPANY_ID } : { locationId: FIRST };
    assertFits("uninstallAnswer", await (await removeApp(simulator, { token, ...target })).json());
  });
}

Deno.test("refusals of the installation endpoints fit the described error of their status", async () => {
  const simulator = createStillSimulator();
  const { access_token: token } = await installAgency(simulator);
  const mistakes = [
    ["badRequest", await requestMint(simulator, { token, locationId: "p7LmE2sVbT9kRoX4iC1y" })],
    ["unprocessable", await requestMint(simulator, { token })],
    ["unprocessable", await requestPage(simulator, { token, skip: "first" })],
    ["unprocessable", await removeApp(simulator, { token })],
    ["unauthorized", await requestPage(simulator, { token: "unknown" })],
  ] as const;
  for (const [schema, response] of mistakes) assertFits(schema, await response.json());
});

Deno.test("readFields() reads forms and JSON alike, and nothing but strings", () => {
  assert.deepEqual(readFields("companyId=c&locationId="), { companyId: "c" });
  assert.deepEqual(readFields('{"companyId":"c","locationId":1}'), { companyId: "c" });
  assert.deepEqual(readFields(""), {});
});

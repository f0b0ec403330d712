import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import {
  APP_ID,
  callApi,
  COMPANY_ID,
  FIRST,
  installAgency,
  mint,
  requestMint,
  SECOND,
} from "./api_client.ts";
import { DEFAULT_SCOPES } from "./default_settings.ts";
import { createStillSimulator, install, postToken, readAnswer, rotate } from "./token_client.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const refusal = (status: number, message: string) => ({ status, body: { statusCode: status, message } });

Deno.test("locationToken answers 201 with a token of that location", async () => {
  const simulator = createStillSimulator({ switches: { extraTokenFields: "never" } });
  const { access_token: token } = await installAgency(simulator);
  const response = await requestMint(simulator, { token, locationId: FIRST });
  assert.equal(response.status, 201);
  const { access_token, refresh_token, traceId, ...rest } = await response.json();
  assert.match(traceId, /^[0-9a-f-]{36}$/);
  assert.notEqual(access_token, refresh_token);
  assert.deepEqual(rest, {
    token_type: "Bearer",
    expires_in: 86400,
    scope: DEFAULT_SCOPES.join(" "),
    userType: "Location",
    companyId: COMPANY_ID,
    locationId: FIRST,
    userId: "c2YwN8hTqL5vXo1BzKdJ",
    appId: APP_ID,
    versionId: APP_ID,
  });
});

Deno.test("a minted token works for its location, and the ledger knows it", async () => {
  const simulator = createStillSimulator();
  const { access_token: token } = await installAgency(simulator);
  const minted = await mint(simulator, token, FIRST);
  const path = `/locations/${FIRST}`;
  assert.equal((await callApi(simulator, { path, token: minted.access_token })).status, 200);
  assert.equal(simulator.ledger.resourceOfAccessToken(minted.access_token), FIRST);
  const { jti } = JSON.parse(Buffer.from(minted.access_token.split(".")[1] ?? "", "base64url").toString());
  assert.match(jti, /^[0-9a-f-]{36}$/);
  assert.deepEqual(simulator.ledger.apiCallCounts(), { location_token: 1, location: 1 });
});

Deno.test("a minted token can be refreshed or minted again, and is no install in the ledger", async () => {
  const simulator = createStillSimulator();
  const { access_token: token } = await installAgency(simulator);
  const first = await mint(simulator, token, FIRST);
  const second = await mint(simulator, token, FIRST);
  simulator.faults.next({ route: "token", kind: "damaged_json" });
  await postToken(simulator, { grant_type: "refresh_token", refresh_token: first.refresh_token });
  assert.equal((await rotate(simulator, second.refresh_token)).userType, "Location");
  simulator.clock.advance(31_000);
  assert.deepEqual(simulator.ledger.lostRotations(), []);
  assert.equal(simulator.ledger.headOf(FIRST), null);
});

Deno.test("minted tokens carry the oauth scopes even when nobody asked for them", async () => {
  const simulator = createStillSimulator();
  const scopes = ["contacts.readonly", "oauth.write"];
  const { access_token: token } = await installAgency(simulator, { scopes });
  const { scope } = await (await requestMint(simulator, { token, locationId: FIRST })).json();
  assert.equal(scope, "contacts.readonly oauth.write oauth.readonly");
});

Deno.test("switches leave the refresh token of locationToken out, and answer 200", async () => {
  const simulator = createStillSimulator({ switches: { mintedRefreshToken: "missing", mintedStatus: 200 } });
  const { access_token: token } = await installAgency(simulator);
  const response = await requestMint(simulator, { token, locationId: FIRST });
  assert.equal(response.status, 200);
  assert.equal("refresh_token" in await response.json(), false);
});

Deno.test("locationToken reads JSON bodies too, and any known version", async () => {
  const simulator = createStillSimulator();
  const { access_token: token } = await installAgency(simulator);
  const body = JSON.stringify({ companyId: COMPANY_ID, locationId: FIRST });
  const call = { path: "/oauth/locationToken", method: "POST", token, body };
  assert.equal((await callApi(simulator, { ...call, version: "v3" })).status, 201);
  const unversioned = await callApi(simulator, { ...call, version: "" });
  assert.deepEqual(await readAnswer(unversioned), refusal(401, "version header was not found."));
});

Deno.test("locationToken refuses a Location token and a token without its scope", async () => {
  const simulator = createStillSimulator();
  const { access_token: ofLocation } = await install(simulator);
  assert.deepEqual(
    await readAnswer(await requestMint(simulator, { token: ofLocation, locationId: FIRST })),
    refusal(401, "This authClass type is not allowed to access this scope."),
  );
  const narrow = await installAgency(simulator, { scopes: ["oauth.readonly"] });
  assert.deepEqual(
    await readAnswer(await requestMint(simulator, { token: narrow.access_token, locationId: FIRST })),
    refusal(401, "The token is not authorized for this scope."),
  );
});

Deno.test("locationToken refuses other agencies, foreign locations, and locations without the app", async () => {
  const simulator = createStillSimulator();
  simulator.settings.companies.push({ id: "otherCompany", name: "Other", active: true });
  simulator.addLocation({ id: "foreign", companyId: "otherCompany" });
  const { access_token: token } = await installAgency(simulator);
  const refused = async (fields: { companyId?: string; locationId?: string }) =>
    await readAnswer(await requestMint(simulator, { token, ...fields }));
  assert.deepEqual(
    await refused({ companyId: "otherCompany", locationId: "foreign" }),
    refusal(403, "The token does not have access to this company."),
  );
  assert.deepEqual(
    await refused({ locationId: "foreign" }),
    refusal(403, "The token does not have access to this location."),
  );
  assert.deepEqual(
    await refused({ locationId: SECOND }),
    refusal(400, "App is not installed on this location"),
  );
  simulator.switches.notInstalledStatus = 404;
  assert.equal((await refused({ locationId: SECOND })).status, 404);
  const missing = await requestMint(simulator, { token });
  assert.equal(missing.status, 422);
  assert.deepEqual((await missing.json()).message, [
    "locationId must be a string",
    "locationId should not be empty",
  ]);
});

Deno.test("locationToken answers that a paused location is not active", async () => {
  const simulator = createStillSimulator();
  const { access_token: token } = await installAgency(simulator);
  simulator.updateLocation(FIRST, { active: false });
  const mintFirst = () => requestMint(simulator, { token, locationId: FIRST });
  assert.deepEqual(await readAnswer(await mintFirst()), refusal(400, "Location is not active"));
  simulator.updateLocation(FIRST, { active: true });
  assert.equal((await mintFirst()).status, 201);
});

Deno.test("faults strike the operation and the location that they name", async () => {
  const simulator = createStillSimulator();
  const { access_token: token } = await installAgency(simulator, { locationIds: "all" });
  simulator.faults.next({ route: "api", kind: "bad_gateway_html", operation: "uninstall" });
  simulator.faults.next({ route: "api", kind: "server_error_json", resourceId: SECOND });
  assert.equal((await requestMint(simulator, { token, locationId: FIRST })).status, 201);
  assert.equal((await requestMint(simulator, { token, locationId: SECOND })).status, 500);
  assert.deepEqual(simulator.ledger.apiCalls().map(({ status, fault, about }) => [status, fault, about]), [
    [201, null, FIRST],
    [null, "server_error_json", SECOND],
  ]);
  assert.equal(simulator.faults.pending().length, 1);
});

Deno.test("an agency's calls share one rate limit, whatever location they are about", async () => {
  const simulator = createStillSimulator();
  const { access_token: token } = await installAgency(simulator, { locationIds: "all" });
  for (let calls = 0; calls < 100; calls += 1) await mint(simulator, token, calls % 2 ? FIRST : SECOND);
  const limited = await requestMint(simulator, { token, locationId: FIRST });
  assert.equal(limited.status, 429);
  assert.equal(limited.headers.get("X-RateLimit-Remaining"), "0");
});

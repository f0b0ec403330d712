import assert from "node:assert/strict";
import {
  callApi,
  COMPANY_ID,
  FIRST,
  installAgency,
  INSTALLATIONS_PATH,
  installedIds,
  mint,
  removeApp,
  SECOND,
} from "./api_client.ts";
import { createStillSimulator, install, presentRefreshToken, readAnswer } from "./token_client.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const refusal = (status: number, message: string) => ({ status, body: { statusCode: status, message } });
const REMOVED = { status: 200, body: { success: true } };
const INVALID_CLIENT = {
  status: 401,
  body: { error: "UnAuthorized!", error_description: "Invalid client credentials!" },
};

Deno.test("installer details of an agency name its owner, plan and brand", async () => {
  const simulator = createStillSimulator();
  const [company] = simulator.settings.companies;
  assert.ok(company);
  const whitelabel = { domain: "crm.example.com", logoUrl: "https://crm.example.com/logo.png" };
  company.whitelabel = whitelabel;
  const { access_token: token } = await installAgency(simulator);
  const { installationDetails } = await (await callApi(simulator, { path: INSTALLATIONS_PATH, token }))
    .json();
  assert.deepEqual(installationDetails, {
    companyId: COMPANY_ID,
    companyName: "Northlight Agency",
    relationshipNumber: "0-002-230",
    companyEmail: "owner@kx4vq9tzpw2mb7nldr1s.example",
    companyOwnerFullName: "Dana Example",
    companyPlan: "agency_annual_497",
    companyHighLevelPlan: "agency_annual_497",
    userId: "c2YwN8hTqL5vXo1BzKdJ",
    isWhitelabelCompany: true,
    whitelabelDetails: whitelabel,
  });
});

Deno.test("installer details of a location keep the owner's data back", async () => {
  const simulator = createStillSimulator();
  const { access_token: token } = await install(simulator);
  const { installationDetails } = await (await callApi(simulator, { path: INSTALLATIONS_PATH, token }))
    .json();
  const { locationId, companyEmail, companyOwnerFullName, companyPlan } = installationDetails;
  assert.deepEqual([locationId, companyEmail, companyOwnerFullName, companyPlan], [FIRST, null, null, null]);
});

Deno.test("installer details are refused for another app and without the scope", async () => {
  const simulator = createStillSimulator();
  const { access_token: token } = await install(simulator);
  const other = await callApi(simulator, { path: "/marketplace/app/unknown/installations", token });
  assert.equal(other.status, 403);
  const { access_token: narrow } = await install(simulator, { scopes: ["contacts.readonly"] });
  assert.equal((await callApi(simulator, { path: INSTALLATIONS_PATH, token: narrow })).status, 401);
});

Deno.test("a Location token removes the app from its location, and its refresh token is dead", async () => {
  const simulator = createStillSimulator();
  const { access_token: token, refresh_token } = await install(simulator);
  assert.deepEqual(await readAnswer(await removeApp(simulator, { token, locationId: FIRST })), REMOVED);
  assert.deepEqual(await readAnswer(await presentRefreshToken(simulator, refresh_token)), INVALID_CLIENT);
  assert.equal(simulator.truth().locations[0]?.direct, false);
});

Deno.test("a Company token removes the app from the agency and all its locations", async () => {
  const simulator = createStillSimulator();
  const direct = await install(simulator, { locationIds: [SECOND] });
  const { access_token: token, refresh_token } = await installAgency(simulator);
  const minted = await mint(simulator, token, FIRST);
  assert.deepEqual(await readAnswer(await removeApp(simulator, { token, companyId: COMPANY_ID })), REMOVED);
  for (const dead of [direct.refresh_token, refresh_token, minted.refresh_token]) {
    assert.deepEqual(await readAnswer(await presentRefreshToken(simulator, dead)), INVALID_CLIENT);
  }
  assert.deepEqual(await installedIds(simulator, token), []);
});

Deno.test("a minted token removes its own location from the agency's install, and no other", async () => {
  const simulator = createStillSimulator();
  const { access_token: token } = await installAgency(simulator, { locationIds: [FIRST, SECOND] });
  const minted = await mint(simulator, token, FIRST);
  assert.deepEqual(
    await readAnswer(await removeApp(simulator, { token: minted.access_token, locationId: FIRST })),
    REMOVED,
  );
  assert.deepEqual(await installedIds(simulator, token), [SECOND]);
});

Deno.test("DELETE installations refuses missing ids, other resources and other apps", async () => {
  const simulator = createStillSimulator();
  const { access_token: token } = await install(simulator);
  const missing = await removeApp(simulator, { token, companyId: COMPANY_ID });
  assert.equal(missing.status, 422);
  assert.deepEqual((await missing.json()).message, ["locationId should not be empty"]);
  assert.deepEqual(
    await readAnswer(await removeApp(simulator, { token, locationId: SECOND })),
    refusal(403, "The token does not have access to this location."),
  );
  const path = "/marketplace/app/unknown/installations";
  const body = JSON.stringify({ locationId: FIRST });
  assert.equal((await callApi(simulator, { path, method: "DELETE", token, body })).status, 403);
  simulator.switches.uninstallReason = "required";
  assert.equal((await removeApp(simulator, { token, locationId: FIRST })).status, 422);
  assert.equal((await removeApp(simulator, { token, locationId: FIRST, reason: "Test" })).status, 200);
});

Deno.test("a second DELETE is refused, unless the switch lets it succeed or the token is dead", async () => {
  const simulator = createStillSimulator();
  const { access_token: token } = await install(simulator);
  const remove = async () => await readAnswer(await removeApp(simulator, { token, locationId: FIRST }));
  await remove();
  assert.deepEqual(await remove(), refusal(400, "App is not installed"));
  simulator.switches.repeatedUninstall = "succeeds";
  assert.deepEqual(await remove(), REMOVED);
  simulator.switches.accessTokensAfterUninstall = "dead";
  assert.deepEqual(await remove(), refusal(401, "Invalid JWT"));
});

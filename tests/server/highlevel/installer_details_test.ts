import assert from "node:assert/strict";
import { readInstallerDetails } from "../../../server/highlevel/installer_details.ts";
import { APP_ID, COMPANY_ID, FIRST, installAgency } from "../../simulator/api_client.ts";
import { createStillSimulator, install } from "../../simulator/token_client.ts";
import { callerAnswered, callerAnsweredBy, callerOf } from "./api_caller.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const UNAVAILABLE = { ok: false, failure: { reason: "unavailable", pauseSeconds: null } };

Deno.test("readInstallerDetails() asks about this app", async () => {
  const { caller, requests } = callerAnsweredBy(() => new Response(null, { status: 502 }));
  assert.deepEqual(await readInstallerDetails(caller), UNAVAILABLE);
  assert.deepEqual(requests.map(({ method, url }) => [method, url]), [
    ["GET", `https://services.example/marketplace/app/${APP_ID}/installations`],
  ]);
});

Deno.test("readInstallerDetails() learns the agency's name and domain with its token or that of a location", async () => {
  const simulator = createStillSimulator();
  const [company] = simulator.settings.companies;
  assert.ok(company);
  const agency = await installAgency(simulator);
  const location = await install(simulator);
  const second = Math.floor(simulator.clock.now() / 1000) * 1000;
  const toldAt = new Date(second + 1000);
  const details = { companyId: COMPANY_ID, companyName: "Northlight Agency", toldAt };
  for (const { access_token } of [agency, location]) {
    const caller = callerOf(simulator, access_token);
    company.whitelabel = undefined;
    assert.deepEqual(await readInstallerDetails(caller), {
      ok: true,
      value: { ...details, whitelabelDomain: null },
    });
    company.whitelabel = { domain: "app.northlight.example", logoUrl: "https://northlight.example/logo.png" };
    assert.deepEqual(await readInstallerDetails(caller), {
      ok: true,
      value: { ...details, whitelabelDomain: "app.northlight.example" },
    });
  }
});

Deno.test("readInstallerDetails() is refused without its scope, and after the app was removed", async () => {
  const simulator = createStillSimulator();
  const { access_token: narrow } = await installAgency(simulator, { scopes: ["oauth.readonly"] });
  assert.deepEqual(await readInstallerDetails(callerOf(simulator, narrow)), {
    ok: false,
    failure: { reason: "scope_missing" },
  });
  const { access_token } = await install(simulator);
  simulator.endInstalls({ resourceId: FIRST, reason: "uninstalled" });
  assert.deepEqual(await readInstallerDetails(callerOf(simulator, access_token)), {
    ok: false,
    failure: { reason: "not_installed" },
  });
});

const DETAILS = [
  [{}, { companyId: null, companyName: null, whitelabelDomain: undefined }],
  [
    { companyId: "?", companyName: 5, isWhitelabelCompany: "yes", whitelabelDetails: [] },
    { companyId: null, companyName: null, whitelabelDomain: undefined },
  ],
  [
    { companyId: COMPANY_ID, companyName: " Northlight\u0000 ", whitelabelDetails: {} },
    { companyId: COMPANY_ID, companyName: "Northlight", whitelabelDomain: null },
  ],
  [
    {
      isWhitelabelCompany: true,
      whitelabelDetails: { domain: "https://App.Northlight.Example/", logoUrl: null },
    },
    { companyId: null, companyName: null, whitelabelDomain: "app.northlight.example" },
  ],
  [
    { isWhitelabelCompany: false, whitelabelDetails: { domain: "app.northlight.example" } },
    { companyId: null, companyName: null, whitelabelDomain: null },
  ],
] as const;

Deno.test("readInstallerDetails() reads what it can of odd details", async () => {
  for (const [installationDetails, value] of DETAILS) {
    const details = await readInstallerDetails(callerAnswered(200, { installationDetails }));
    assert.deepEqual(details, { ok: true, value: { ...value, toldAt: null } });
  }
});

Deno.test("readInstallerDetails() refuses a success without details", async () => {
  for (const body of [{}, null, { installationDetails: null }, { companyId: COMPANY_ID }]) {
    assert.deepEqual(await readInstallerDetails(callerAnswered(200, body)), UNAVAILABLE);
  }
});

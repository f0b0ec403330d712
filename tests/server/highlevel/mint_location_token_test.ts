import assert from "node:assert/strict";
import { mintLocationToken } from "../../../server/highlevel/mint_location_token.ts";
import { COMPANY_ID, FIRST, installAgency, SECOND } from "../../simulator/api_client.ts";
import { DEFAULT_SCOPES } from "../../simulator/default_settings.ts";
import { createStillSimulator, install } from "../../simulator/token_client.ts";
import { callerAnswered, callerAnsweredBy, callerOf } from "./api_caller.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const SUBJECT = { companyId: COMPANY_ID, locationId: FIRST };
const UNAVAILABLE = { ok: false, failure: { reason: "unavailable", pauseSeconds: null } };

Deno.test("mintLocationToken() sends one form with the company and the location", async () => {
  const { caller, requests } = callerAnsweredBy(() => new Response("{}", { status: 500 }));
  assert.deepEqual(await mintLocationToken(caller, SUBJECT), UNAVAILABLE);
  assert.equal(requests.length, 1);
  const [request] = requests;
  assert.ok(request);
  assert.equal(request.method, "POST");
  assert.equal(request.url, "https://services.example/oauth/locationToken");
  assert.match(request.headers.get("content-type") ?? "", /^application\/x-www-form-urlencoded/);
  assert.deepEqual(Object.fromEntries(await request.formData()), SUBJECT);
});

for (const mintedStatus of [200, 201] as const) {
  for (const mintedRefreshToken of ["present", "missing"] as const) {
    Deno.test(`mintLocationToken() takes a token with ${mintedStatus} and its refresh token ${mintedRefreshToken}`, async () => {
      const simulator = createStillSimulator({ switches: { mintedStatus, mintedRefreshToken } });
      const { access_token } = await installAgency(simulator);
      const minted = await mintLocationToken(callerOf(simulator, access_token), SUBJECT);
      assert.ok(minted.ok);
      const { accessToken, ...rest } = minted.value;
      assert.equal(simulator.ledger.resourceOfAccessToken(accessToken), FIRST);
      assert.deepEqual(rest, { expiresIn: 86400, scopes: DEFAULT_SCOPES, ...SUBJECT });
    });
  }
}

Deno.test("mintLocationToken() tells a missing install from an inactive location", async () => {
  const simulator = createStillSimulator();
  const { access_token } = await installAgency(simulator);
  const caller = callerOf(simulator, access_token);
  for (const status of [400, 403, 404] as const) {
    simulator.switches.notInstalledStatus = status;
    assert.deepEqual(await mintLocationToken(caller, { ...SUBJECT, locationId: SECOND }), {
      ok: false,
      failure: { reason: "not_installed" },
    });
  }
  simulator.updateLocation(FIRST, { active: false });
  assert.deepEqual(await mintLocationToken(caller, SUBJECT), {
    ok: false,
    failure: { reason: "location_inactive" },
  });
});

Deno.test("mintLocationToken() tells a token that may not mint from one that has to be renewed", async () => {
  const simulator = createStillSimulator();
  const { access_token: ofLocation } = await install(simulator);
  const { access_token: narrow } = await installAgency(simulator, { scopes: ["oauth.readonly"] });
  const { access_token: ofCompany } = await installAgency(simulator);
  const reasonFor = async (token: string, locationId = FIRST) => {
    const minted = await mintLocationToken(callerOf(simulator, token), { ...SUBJECT, locationId });
    return minted.ok ? "minted" : minted.failure.reason;
  };
  assert.equal(await reasonFor(ofLocation), "wrong_class");
  assert.equal(await reasonFor(narrow), "scope_missing");
  assert.equal(await reasonFor("unknown"), "token_refused");
  assert.equal(await reasonFor(ofCompany, "AnotherLocation"), "no_access");
  assert.equal(await reasonFor(ofCompany), "minted");
});

const MINTED = { access_token: "minted", expires_in: 86400, scope: "a b", userType: "Location", ...SUBJECT };

Deno.test("mintLocationToken() throws no token away because of anything beside it", async () => {
  const { userType: _, ...described } = MINTED;
  for (const expires_in of [undefined, null, "soon", -5, 0, 1e12]) {
    const minted = await mintLocationToken(
      callerAnswered(201, { ...described, expires_in, scope: 7, refresh_token: {}, userId: 5, planId: [] }),
      SUBJECT,
    );
    assert.deepEqual(minted, {
      ok: true,
      value: { accessToken: "minted", expiresIn: 3600, scopes: [], ...SUBJECT },
    });
  }
  const bare = await mintLocationToken(callerAnswered(200, { access_token: "minted" }), SUBJECT);
  assert.deepEqual(bare, {
    ok: true,
    value: { accessToken: "minted", expiresIn: 3600, scopes: [], locationId: null, companyId: null },
  });
});

Deno.test("mintLocationToken() refuses a token of another location, company or class", async () => {
  for (const other of [{ locationId: SECOND }, { companyId: "AnotherCompany" }, { userType: "Company" }]) {
    const { caller, observations } = callerAnsweredBy(() => Response.json({ ...MINTED, ...other }));
    assert.deepEqual(await mintLocationToken(caller, SUBJECT), UNAVAILABLE);
    assert.equal(observations[0]?.detail, Object.keys(other)[0]);
  }
});

Deno.test("mintLocationToken() refuses a success without a token", async () => {
  for (
    const body of [{}, null, [], "minted", { ...MINTED, access_token: "" }, { ...MINTED, access_token: 5 }]
  ) {
    assert.deepEqual(await mintLocationToken(callerAnswered(201, body), SUBJECT), UNAVAILABLE);
  }
});

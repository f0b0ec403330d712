import assert from "node:assert/strict";
import * as v from "valibot";
import { AgencyDomains } from "#shared/agency_domains.ts";
import { AGENCY_DOMAINS_PATH } from "#shared/endpoints.ts";
import { createOpaqueToken } from "../../../server/crypto/opaque_token.ts";
import { learnAgency } from "../../../server/agencies/learn_agency.ts";
import { COMPANY_ID, installAgency } from "../../support/agency_stage.ts";
import { addAgency, connectAgency, createAgencyRelatch, settle } from "../../support/agency_scenes.ts";
import { testPostgresForFile } from "../../support/test_postgres.ts";
import { connect, LOCATION_ID, type TestRelatch } from "../../support/test_relatch.ts";

Deno.test.sanitizer({ ops: true, resources: true });
const postgres = testPostgresForFile();

const OTHER_COMPANY = "CompanyOfAnother0001";
const OTHER_LOCATION = "LocationOfAnother001";

/** Two agencies, each with a brand of its own, both connected by somebody. */
async function createBranded(): Promise<TestRelatch> {
  const relatch = await createAgencyRelatch(postgres);
  addAgency(relatch, { companyId: OTHER_COMPANY, locationIds: [OTHER_LOCATION] });
  for (const company of relatch.simulator.settings.companies) {
    const domain = `${company.id.toLowerCase()}.example`;
    company.whitelabel = { domain, logoUrl: `https://${domain}/logo.png` };
    await installAgency(relatch, { companyId: company.id });
  }
  await settle(relatch);
  return relatch;
}

const NORTHLIGHT = {
  companyId: COMPANY_ID,
  companyName: "Northlight Agency",
  domain: `${COMPANY_ID.toLowerCase()}.example`,
};
const OTHER = {
  companyId: OTHER_COMPANY,
  companyName: `Agency ${OTHER_COMPANY}`,
  domain: `${OTHER_COMPANY.toLowerCase()}.example`,
};

function ask({ app }: TestRelatch, token?: string): Promise<Response> {
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return Promise.resolve(app.request(AGENCY_DOMAINS_PATH, { headers }));
}

async function domainsFor(relatch: TestRelatch, token: string): Promise<AgencyDomains["domains"]> {
  const response = await ask(relatch, token);
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("cache-control"), "no-store");
  return v.parse(AgencyDomains, await response.json()).domains;
}

Deno.test("GET /api/agency-domains tells somebody of a location the domain of its agency, and no other", async () => {
  await using relatch = await createBranded();
  const { token } = await connect(relatch);
  assert.deepEqual(await domainsFor(relatch, token), [NORTHLIGHT]);
});

Deno.test("GET /api/agency-domains tells somebody of the agency its domain once", async () => {
  await using relatch = await createBranded();
  const { token } = await connectAgency(relatch);
  await connect(relatch, { token });
  assert.deepEqual(await domainsFor(relatch, token), [NORTHLIGHT]);
});

Deno.test("GET /api/agency-domains tells the domains of all agencies that a session has connections of", async () => {
  await using relatch = await createBranded();
  const { token } = await connect(relatch);
  await connect(relatch, { token, locationId: OTHER_LOCATION });
  assert.deepEqual(await domainsFor(relatch, token), [OTHER, NORTHLIGHT]);
});

Deno.test("GET /api/agency-domains tells nothing of an agency without a brand, or whose brand is unknown", async () => {
  await using relatch = await createBranded();
  const { token } = await connect(relatch);
  const nothing = { name: null, whitelabelDomain: null, toldAt: null };
  await learnAgency(relatch.database, { companyId: COMPANY_ID, ...nothing });
  assert.deepEqual(await domainsFor(relatch, token), []);
});

Deno.test("GET /api/agency-domains follows a domain that changes", async () => {
  await using relatch = await createBranded();
  const { token } = await connect(relatch);
  const whitelabelDomain = "new.northlight.example";
  await learnAgency(relatch.database, { companyId: COMPANY_ID, name: null, whitelabelDomain, toldAt: null });
  assert.deepEqual(await domainsFor(relatch, token), [{ ...NORTHLIGHT, domain: whitelabelDomain }]);
});

Deno.test("GET /api/agency-domains tells nothing of a connection that has no install any more", async () => {
  await using relatch = await createBranded();
  const { token } = await connect(relatch);
  relatch.simulator.uninstall({ locationId: LOCATION_ID });
  await settle(relatch);
  assert.deepEqual(await domainsFor(relatch, token), []);
});

Deno.test("GET /api/agency-domains asks for a live session", async () => {
  await using relatch = await createBranded();
  const { token } = await connect(relatch);
  for (const credential of [undefined, createOpaqueToken(), `${token}x`]) {
    const response = await ask(relatch, credential);
    assert.equal(response.status, 401);
    await response.body?.cancel();
  }
  await relatch.database`UPDATE sessions SET expires_at = now() - interval '1 second'`;
  const response = await ask(relatch, token);
  assert.equal(response.status, 401);
  await response.body?.cancel();
});

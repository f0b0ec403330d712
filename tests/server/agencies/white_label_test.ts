/** The host under which an agency shows HighLevel to its people: learnt from INSTALL, UPDATE and installer details. */
import assert from "node:assert/strict";
import { COMPANY_ID, installAgency } from "../../support/agency_stage.ts";
import { createAgencyRelatch, deliver, settle, WITHOUT_DETAILS } from "../../support/agency_scenes.ts";
import { install } from "../../support/rotation_stage.ts";
import { testPostgresForFile } from "../../support/test_postgres.ts";
import { LOCATION_ID, type TestRelatch } from "../../support/test_relatch.ts";

Deno.test.sanitizer({ ops: true, resources: true });
const postgres = testPostgresForFile();

const DOMAIN = "app.northlight.example";
const OTHER_DOMAIN = "crm.northlight.example";

async function createBranded(
  settings: Readonly<Record<string, string>> = WITHOUT_DETAILS,
): Promise<TestRelatch> {
  const relatch = await createAgencyRelatch(postgres, { settings });
  setBrand(relatch, DOMAIN);
  return relatch;
}

function setBrand({ simulator }: TestRelatch, domain: string | null): void {
  const [company] = simulator.settings.companies;
  assert.ok(company !== undefined);
  company.whitelabel = domain === null ? undefined : { domain, logoUrl: `https://${domain}/logo.png` };
}

async function agency({ database }: TestRelatch): Promise<{ name: string | null; domain: string | null }> {
  const [row] = await database<{ name: string | null; domain: string | null }[]>`
    SELECT name, whitelabel_domain AS domain FROM agencies WHERE company_id = ${COMPANY_ID}`;
  return row ?? { name: null, domain: null };
}

const KNOWN = { name: "Northlight Agency", domain: DOMAIN };

for (const installWebhook of ["before_exchange", "after_exchange"] as const) {
  Deno.test(`an agency's domain is learnt from its locations' INSTALL (${installWebhook})`, async () => {
    await using relatch = await createBranded();
    relatch.simulator.switches.installWebhook = installWebhook;
    await installAgency(relatch);
    await settle(relatch);
    assert.deepEqual(await agency(relatch), KNOWN);
  });
}

Deno.test("an agency's domain that INSTALL told before anything was connected is there when it is", async () => {
  await using relatch = await createBranded();
  const code = relatch.simulator.issueCode({ installer: "agency", locationIds: "all" });
  await settle(relatch);
  assert.deepEqual(await agency(relatch), KNOWN);
  await (await relatch.app.request(`${relatch.config.callbackPath}?code=${code}`)).body?.cancel();
  await settle(relatch);
  assert.deepEqual(await agency(relatch), KNOWN);
});

for (const who of ["agency", "location"] as const) {
  Deno.test(`an agency's name and domain are learnt from installer details (${who})`, async () => {
    await using relatch = await createBranded({});
    relatch.simulator.switches.installWebhook = "never";
    if (who === "agency") await installAgency(relatch);
    else await install(relatch, LOCATION_ID);
    await settle(relatch);
    assert.deepEqual(await agency(relatch), KNOWN);
  });
}

Deno.test("an agency's domain that is not told stays unknown, and that is no trouble", async () => {
  await using relatch = await createBranded();
  relatch.simulator.switches.installWebhook = "never";
  await installAgency(relatch);
  await settle(relatch);
  assert.deepEqual(await agency(relatch), { name: null, domain: null });
});

Deno.test("a domain that changed, or that is gone, is learnt from the next webhook or install", async () => {
  await using relatch = await createBranded();
  await install(relatch, LOCATION_ID);
  await settle(relatch);
  const version = "68f0c1a2b3d4e5f607182940";
  relatch.simulator.settings.apps[0]?.versionIds.push(version);
  setBrand(relatch, OTHER_DOMAIN);
  relatch.simulator.updateVersion({ locationId: LOCATION_ID }, version);
  await settle(relatch);
  assert.equal((await agency(relatch)).domain, OTHER_DOMAIN);
  setBrand(relatch, null);
  await install(relatch, LOCATION_ID);
  await settle(relatch);
  assert.equal((await agency(relatch)).domain, null);
});

Deno.test("INSTALL that says nothing of a white label leaves the known one", async () => {
  await using relatch = await createBranded();
  await installAgency(relatch);
  await settle(relatch);
  relatch.simulator.switches.agencyInstallWebhooks = "company";
  await installAgency(relatch);
  await settle(relatch);
  assert.deepEqual(await agency(relatch), KNOWN);
});

Deno.test("an agency's INSTALL with a domain that cannot be one is not believed in that", async () => {
  const odd = [
    "javascript:alert(1)",
    "127.0.0.1",
    "localhost",
    "https://user:secret@app.northlight.example",
    "app.northlight.example\n.evil.example",
    "*.northlight.example",
    "x".repeat(300),
    7,
    null,
    {},
  ];
  await using relatch = await createBranded();
  for (const domain of odd) {
    await deliver(relatch, {
      type: "INSTALL",
      companyId: COMPANY_ID,
      locationId: LOCATION_ID,
      companyName: "Northlight Agency",
      isWhitelabelCompany: true,
      whitelabelDetails: { domain, logoUrl: "https://logo.example/" },
    });
    await settle(relatch);
    assert.deepEqual(await agency(relatch), { name: "Northlight Agency", domain: null }, String(domain));
  }
});

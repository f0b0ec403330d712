/** What HighLevel tells of an agency, in whatever order it arrives: older news does not replace newer, and no news is none. */
import assert from "node:assert/strict";
import { learnAgency } from "../../../server/agencies/learn_agency.ts";
import { COMPANY_ID, installAgency } from "../../support/agency_stage.ts";
import { createAgencyRelatch, deliver, settle, WITHOUT_DETAILS } from "../../support/agency_scenes.ts";
import { install, passTime } from "../../support/rotation_stage.ts";
import { testPostgresForFile } from "../../support/test_postgres.ts";
import { LOCATION_ID, type TestRelatch } from "../../support/test_relatch.ts";

Deno.test.sanitizer({ ops: true, resources: true });
const postgres = testPostgresForFile();

const DOMAIN = "app.northlight.example";
const OLD_DOMAIN = "old.northlight.example";
const KNOWN = { name: "Northlight Agency", domain: DOMAIN };

async function agency({ database }: TestRelatch): Promise<{ name: string | null; domain: string | null }> {
  const [row] = await database<{ name: string | null; domain: string | null }[]>`
    SELECT name, whitelabel_domain AS domain FROM agencies WHERE company_id = ${COMPANY_ID}`;
  return row ?? { name: null, domain: null };
}

/** An agency whose name and domain are known since an hour. */
async function createKnown(
  settings: Readonly<Record<string, string>> = WITHOUT_DETAILS,
): Promise<TestRelatch> {
  const relatch = await createAgencyRelatch(postgres, { settings });
  const [company] = relatch.simulator.settings.companies;
  assert.ok(company !== undefined);
  company.whitelabel = { domain: DOMAIN, logoUrl: `https://${DOMAIN}/logo.png` };
  await installAgency(relatch);
  await settle(relatch);
  assert.deepEqual(await agency(relatch), KNOWN);
  await passTime(relatch, 3600);
  return relatch;
}

/** An INSTALL webhook of HighLevel's that says when it is from, or does not. */
async function tell(
  relatch: TestRelatch,
  { secondsAgo, ...fields }: { secondsAgo: number | null } & Readonly<Record<string, unknown>>,
): Promise<void> {
  const timestamp = secondsAgo === null
    ? {}
    : { timestamp: new Date(relatch.simulator.clock.now() - secondsAgo * 1000).toISOString() };
  await deliver(relatch, {
    type: "INSTALL",
    companyId: COMPANY_ID,
    locationId: LOCATION_ID,
    ...timestamp,
    ...fields,
  });
  await settle(relatch);
}

const BRANDED = {
  companyName: "Old name",
  isWhitelabelCompany: true,
  whitelabelDetails: { domain: OLD_DOMAIN },
};

for (
  const fields of [
    { isWhitelabelCompany: true, whitelabelDetails: {} },
    { isWhitelabelCompany: true },
    { isWhitelabelCompany: true, whitelabelDetails: { domain: "no host!" } },
    { whitelabelDetails: { domain: null } },
  ]
) {
  Deno.test(`INSTALL leaves a known domain when it names none of a brand: ${JSON.stringify(fields)}`, async () => {
    await using relatch = await createKnown();
    await tell(relatch, { secondsAgo: 0, ...fields });
    assert.deepEqual(await agency(relatch), KNOWN);
  });
}

Deno.test("INSTALL that says that there is no brand any more takes the domain away", async () => {
  await using relatch = await createKnown();
  await tell(relatch, { secondsAgo: 0, isWhitelabelCompany: false, whitelabelDetails: {} });
  assert.deepEqual(await agency(relatch), { ...KNOWN, domain: null });
});

Deno.test("a repeated INSTALL from before brings no older name and domain back", async () => {
  await using relatch = await createKnown();
  await tell(relatch, { secondsAgo: 7200, ...BRANDED });
  assert.deepEqual(await agency(relatch), KNOWN);
  await tell(relatch, { secondsAgo: 7200, isWhitelabelCompany: false });
  assert.deepEqual(await agency(relatch), KNOWN);
});

for (const secondsAgo of [0, 1800, null]) {
  Deno.test(`an INSTALL that is newer, or that has no date, is believed (${secondsAgo})`, async () => {
    await using relatch = await createKnown();
    await tell(relatch, { secondsAgo, ...BRANDED });
    assert.deepEqual(await agency(relatch), { name: "Old name", domain: OLD_DOMAIN });
  });
}

Deno.test("an INSTALL without a date does not make older ones believable", async () => {
  await using relatch = await createKnown();
  await tell(relatch, { secondsAgo: null, companyName: "Undated name" });
  await tell(relatch, { secondsAgo: 7200, ...BRANDED });
  assert.deepEqual(await agency(relatch), { name: "Undated name", domain: DOMAIN });
});

Deno.test("an older INSTALL tells what a newer one did not", async () => {
  await using relatch = await createAgencyRelatch(postgres, { settings: WITHOUT_DETAILS });
  await tell(relatch, { secondsAgo: 0, companyName: "Northlight Agency" });
  await tell(relatch, { secondsAgo: 3600, ...BRANDED });
  assert.deepEqual(await agency(relatch), { name: "Northlight Agency", domain: OLD_DOMAIN });
});

Deno.test("installer details are newer than the webhooks before them", async () => {
  await using relatch = await createKnown({});
  const [company] = relatch.simulator.settings.companies;
  assert.ok(company?.whitelabel !== undefined);
  company.whitelabel.domain = "new.northlight.example";
  relatch.simulator.switches.installWebhook = "never";
  await install(relatch, LOCATION_ID);
  await settle(relatch);
  const renewed = { ...KNOWN, domain: "new.northlight.example" };
  assert.deepEqual(await agency(relatch), renewed);
  await tell(relatch, { secondsAgo: 5, ...BRANDED });
  assert.deepEqual(await agency(relatch), renewed);
});

Deno.test("learnAgency() ends in the same row in whatever order two words of different times arrive", async () => {
  const older = {
    companyId: COMPANY_ID,
    name: "Old name",
    whitelabelDomain: OLD_DOMAIN,
    toldAt: "2026-01-15T09:00:00.123Z",
  };
  const newer = {
    companyId: COMPANY_ID,
    name: KNOWN.name,
    whitelabelDomain: DOMAIN,
    toldAt: "2026-01-15T09:00:00.124Z",
  };
  for (const order of [[older, newer], [newer, older], [newer, older, newer]]) {
    await using relatch = await createAgencyRelatch(postgres);
    for (const facts of order) await learnAgency(relatch.database, facts);
    assert.deepEqual(await agency(relatch), KNOWN);
  }
});

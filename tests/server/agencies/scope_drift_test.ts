/** Scopes that were granted against those that Relatch is set to: what is missing, whoever installed, until it is granted. */
import assert from "node:assert/strict";
import { installAgency, keepUp } from "../../support/agency_stage.ts";
import {
  askToken,
  createAgencyRelatch,
  installWithScopes,
  settle,
  stateOf,
  statusOf,
  takeToken,
} from "../../support/agency_scenes.ts";
import { install } from "../../support/rotation_stage.ts";
import { testPostgresForFile } from "../../support/test_postgres.ts";
import { LOCATION_ID, type TestRelatch } from "../../support/test_relatch.ts";

Deno.test.sanitizer({ ops: true, resources: true });
const postgres = testPostgresForFile();

const MINTING = "oauth.readonly oauth.write";
const missing = async (relatch: TestRelatch) => (await statusOf(relatch)).missingScopes;

async function installOwn(relatch: TestRelatch, scopes: string): Promise<void> {
  const code = relatch.simulator.issueCode({ locationIds: [LOCATION_ID], scopes: scopes.split(" ") });
  await (await relatch.app.request(`${relatch.config.callbackPath}?code=${code}`)).body?.cancel();
}

Deno.test("a location's own install says what it lacks until a person grants it", async () => {
  await using relatch = await createAgencyRelatch(postgres);
  await installOwn(relatch, "oauth.readonly contacts.readonly contacts.write");
  assert.deepEqual(await missing(relatch), ["oauth.write", "marketplace-installer-details.readonly"]);
  assert.equal(await stateOf(relatch), "connected location");
  await install(relatch, LOCATION_ID);
  assert.deepEqual(await missing(relatch), []);
});

Deno.test("a covered location lacks what its agency lacks, before and after a token is minted for it", async () => {
  await using relatch = await createAgencyRelatch(postgres);
  await (await installWithScopes(relatch, `contacts.readonly ${MINTING}`)).body?.cancel();
  assert.deepEqual(await missing(relatch), ["marketplace-installer-details.readonly"]);
  await takeToken(relatch);
  assert.deepEqual(await missing(relatch), ["marketplace-installer-details.readonly"]);
  assert.equal(await stateOf(relatch), "connected company");
});

Deno.test("what an agency grants by connecting again, its locations have at once", async () => {
  await using relatch = await createAgencyRelatch(postgres);
  await (await installWithScopes(relatch, MINTING)).body?.cancel();
  const before = await takeToken(relatch);
  assert.deepEqual(await missing(relatch), ["contacts.readonly", "marketplace-installer-details.readonly"]);
  await installAgency(relatch);
  await keepUp(relatch);
  assert.deepEqual(await missing(relatch), []);
  const token = await askToken(relatch);
  assert.ok(token.ok && token.value.accessToken !== before);
  assert.ok(token.value.scopes.includes("contacts.readonly"));
});

Deno.test("a token that is on its way while the agency grants more is not kept for one that has it", async () => {
  let whileMinting = async (): Promise<void> => {};
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    const response = await relatch.simulator.app.fetch(request);
    if (new URL(request.url).pathname === "/oauth/locationToken") await whileMinting();
    return response;
  };
  await using relatch = await createAgencyRelatch(postgres, { upkeep: { fetch } });
  await (await installWithScopes(relatch, MINTING)).body?.cancel();
  whileMinting = async () => {
    whileMinting = () => Promise.resolve();
    await installAgency(relatch);
  };
  const token = await askToken(relatch);
  assert.ok(token.ok && token.value.scopes.includes("contacts.readonly"));
  assert.deepEqual(await missing(relatch), []);
});

Deno.test("of two installs the one that the status is about says what is missing", async () => {
  await using relatch = await createAgencyRelatch(postgres);
  await (await installWithScopes(relatch, "oauth.readonly")).body?.cancel();
  await installOwn(relatch, "contacts.readonly oauth.readonly");
  await settle(relatch);
  assert.equal(await stateOf(relatch), "connected location");
  assert.deepEqual(await missing(relatch), ["oauth.write", "marketplace-installer-details.readonly"]);
});

Deno.test("scopes that are asked for no more are not missed", async () => {
  await using relatch = await createAgencyRelatch(postgres, {
    settings: { HIGHLEVEL_SCOPES: "contacts.readonly" },
  });
  await installOwn(relatch, "contacts.readonly contacts.write");
  const { scopes, missingScopes } = await statusOf(relatch);
  assert.deepEqual(missingScopes, []);
  assert.deepEqual(scopes, ["contacts.readonly", "contacts.write"]);
});

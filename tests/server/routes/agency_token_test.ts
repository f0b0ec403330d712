/** `GET /api/locations/…/token` for locations that an agency's install reaches: what an integration gets, and is told. */
import assert from "node:assert/strict";
import * as v from "valibot";
import { AccessTokenResponse } from "#shared/access_token.ts";
import { companyTokenPath, locationTokenPath } from "#shared/endpoints.ts";
import type { KeyScope } from "../../../server/api_keys/key_scope.ts";
import { COMPANY_ID, installAgency } from "../../support/agency_stage.ts";
import {
  callsOf,
  createAgencyRelatch,
  installWithScopes,
  settle,
  takeAway,
} from "../../support/agency_scenes.ts";
import { askWithKey, makeKey } from "../../support/rotated_relatch.ts";
import { passTime } from "../../support/rotation_stage.ts";
import { testPostgresForFile } from "../../support/test_postgres.ts";
import { LOCATION_ID, type TestRelatch } from "../../support/test_relatch.ts";

Deno.test.sanitizer({ ops: true, resources: true });
const postgres = testPostgresForFile();

const SIBLING_ID = "Zt6cYd0Hq3xNwA8uJfG5";
const OF_LOCATION: KeyScope = { kind: "location", id: LOCATION_ID };
const OF_COMPANY: KeyScope = { kind: "company", id: COMPANY_ID };

async function createInstalled(): Promise<TestRelatch> {
  const relatch = await createAgencyRelatch(postgres);
  await installAgency(relatch);
  await settle(relatch);
  return relatch;
}

async function ask(relatch: TestRelatch, { key = OF_LOCATION, path = locationTokenPath(LOCATION_ID) } = {}) {
  return await askWithKey(relatch, path, (await makeKey(relatch, key)).text);
}

async function refusal(response: Response): Promise<[number, string]> {
  return [response.status, (await response.json()).error.code];
}

Deno.test("a location's key gets a minted token of its location, with all that belongs to it", async () => {
  await using relatch = await createInstalled();
  const response = await ask(relatch);
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("cache-control"), "no-store");
  const token = v.parse(AccessTokenResponse, await response.json());
  assert.deepEqual([token.locationId, token.companyId], [LOCATION_ID, COMPANY_ID]);
  assert.deepEqual(token.scopes, relatch.config.highlevel.scopes);
  const { ledger } = relatch.simulator;
  assert.equal(ledger.resourceOfAccessToken(token.accessToken), LOCATION_ID);
  const log = relatch.logLines.join("\n");
  for (const secret of ledger.secretsIssued()) assert.ok(!log.includes(secret), "a secret is in the log");
});

Deno.test("a company's key gets the tokens of its locations, and its own", async () => {
  await using relatch = await createInstalled();
  for (
    const [path, resource] of [
      [locationTokenPath(LOCATION_ID), LOCATION_ID],
      [locationTokenPath(SIBLING_ID), SIBLING_ID],
      [companyTokenPath(COMPANY_ID), COMPANY_ID],
    ] as const
  ) {
    const response = await ask(relatch, { key: OF_COMPANY, path });
    const { accessToken } = v.parse(AccessTokenResponse, await response.json());
    assert.equal(relatch.simulator.ledger.resourceOfAccessToken(accessToken), resource);
  }
});

Deno.test("a location's key gets the token of no other location of its agency, nor the agency's", async () => {
  await using relatch = await createInstalled();
  for (const path of [locationTokenPath(SIBLING_ID), companyTokenPath(COMPANY_ID)]) {
    assert.deepEqual(await refusal(await ask(relatch, { path })), [404, "not_found"]);
  }
  assert.equal(callsOf(relatch, "location_token"), 0);
});

Deno.test("a location that is not covered any more is answered like one that never was", async () => {
  await using relatch = await createInstalled();
  const { text } = await makeKey(relatch, OF_COMPANY);
  const never = await (await askWithKey(relatch, locationTokenPath("LocationNotThere0001"), text)).text();
  relatch.simulator.uninstall({ locationId: LOCATION_ID });
  await settle(relatch);
  const response = await askWithKey(relatch, locationTokenPath(LOCATION_ID), text);
  assert.equal(response.status, 404);
  assert.equal(await response.text(), never);
});

Deno.test("while HighLevel is away, a caller without a live token is told when to ask again", async () => {
  await using relatch = await createInstalled();
  takeAway(relatch);
  const response = await ask(relatch);
  assert.match(response.headers.get("retry-after") ?? "", /^[1-9]\d*$/);
  assert.deepEqual(await refusal(response), [503, "refresh_failing"]);
});

Deno.test("while HighLevel is away, a caller gets the token that still lives", async () => {
  await using relatch = await createInstalled();
  const before = await (await ask(relatch)).json();
  await passTime(relatch, 80_000);
  takeAway(relatch);
  const after = await (await ask(relatch)).json();
  assert.equal(after.accessToken, before.accessToken);
});

Deno.test("a location that is not active, and an agency that may not mint, have codes of their own", async () => {
  await using relatch = await createInstalled();
  relatch.simulator.updateLocation(LOCATION_ID, { active: false });
  assert.deepEqual(await refusal(await ask(relatch)), [409, "location_paused"]);

  await using poor = await createAgencyRelatch(postgres);
  await (await installWithScopes(poor, "contacts.readonly oauth.readonly")).body?.cancel();
  assert.deepEqual(await refusal(await ask(poor)), [409, "reconnect_required"]);
});

Deno.test("minTtl has a minted token replaced that lives shorter", async () => {
  await using relatch = await createInstalled();
  const before = await (await ask(relatch)).json();
  await passTime(relatch, 50_000);
  const path = `${locationTokenPath(LOCATION_ID)}?minTtl=43200`;
  const after = await (await ask(relatch, { path })).json();
  assert.notEqual(after.accessToken, before.accessToken);
  assert.ok(Date.parse(after.expiresAt) > Date.parse(before.expiresAt));
});

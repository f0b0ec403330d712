/** Of a location's two installs that both work, the one whose scopes suffice serves it, in its tokens and in its status. */
import assert from "node:assert/strict";
import { createTokenSource } from "../../../server/agencies/token_source.ts";
import { failure, type Result, success } from "../../../server/result.ts";
import type { LiveToken, TokenRefusal } from "../../../server/rotation/rotator.ts";
import { installAgency } from "../../support/agency_stage.ts";
import {
  askToken,
  callsOf,
  createAgencyRelatch,
  installWithScopes,
  live,
  settle,
  statusOf,
} from "../../support/agency_scenes.ts";
import { createFakeRotator, LIVE_TOKEN } from "../../support/fake_rotator.ts";
import { install } from "../../support/rotation_stage.ts";
import { testPostgresForFile } from "../../support/test_postgres.ts";
import { LOCATION_ID, type TestRelatch } from "../../support/test_relatch.ts";
import { createVirtualClock } from "../../support/virtual_clock.ts";

Deno.test.sanitizer({ ops: true, resources: true });
const postgres = testPostgresForFile();

const FEW = "oauth.readonly oauth.write";

/** A location's person installs the app as long as it has few scopes. */
async function installOwnWithFew(relatch: TestRelatch): Promise<void> {
  const code = relatch.simulator.issueCode({ locationIds: [LOCATION_ID], scopes: FEW.split(" ") });
  await (await relatch.app.request(`${relatch.config.callbackPath}?code=${code}`)).body?.cancel();
  await settle(relatch);
}

/** What the status says of the install, and whether the token has what the app needs. */
async function served(relatch: TestRelatch): Promise<[kind: string | null, missing: number, token: boolean]> {
  const { kind, missingScopes } = await statusOf(relatch);
  const token = await askToken(relatch);
  return [kind, missingScopes.length, token.ok && token.value.scopes.includes("contacts.readonly")];
}

Deno.test("a location's own install with too few scopes gives way to its agency's", async () => {
  await using relatch = await createAgencyRelatch(postgres);
  await installOwnWithFew(relatch);
  assert.deepEqual(await served(relatch), ["location", 2, false]);
  await installAgency(relatch);
  await settle(relatch);
  assert.deepEqual(await served(relatch), ["company", 0, true]);
  await live(relatch, { seconds: 7200, step: 3600 });
  assert.deepEqual(await served(relatch), ["company", 0, true]);
  await install(relatch, LOCATION_ID);
  assert.deepEqual(await served(relatch), ["location", 0, true]);
});

Deno.test("an agency's install with too few scopes does not give way to a location's own that works", async () => {
  await using relatch = await createAgencyRelatch(postgres);
  await install(relatch, LOCATION_ID);
  await (await installWithScopes(relatch, FEW)).body?.cancel();
  await settle(relatch);
  assert.deepEqual(await served(relatch), ["location", 0, true]);
  assert.equal(callsOf(relatch, "location_token"), 0);
});

Deno.test("a location is served with few scopes while its agency gives no token", async () => {
  await using relatch = await createAgencyRelatch(postgres);
  await installOwnWithFew(relatch);
  await installAgency(relatch);
  await settle(relatch);
  relatch.simulator.faults.next({
    route: "api",
    operation: "location_token",
    kind: "bad_gateway_html",
    times: 100,
  });
  const token = await askToken(relatch);
  assert.deepEqual(token.ok && token.value.scopes, FEW.split(" "));
});

const REQUIRED = ["contacts.readonly", "contacts.write"];
const WHOLE = { ...LIVE_TOKEN, accessToken: "whole", scopes: REQUIRED };
const PART = { ...LIVE_TOKEN, accessToken: "part", scopes: ["contacts.write"] };
const NONE = { ...LIVE_TOKEN, accessToken: "none", scopes: [] };
const REFUSED = { ...WHOLE, accessToken: "refused", isRefused: true };
const TOKENS: readonly (readonly [LiveToken, LiveToken | null, string])[] = [
  [WHOLE, PART, "whole"],
  [PART, WHOLE, "whole"],
  [NONE, PART, "part"],
  [PART, NONE, "part"],
  [PART, { ...PART, accessToken: "other part" }, "part"],
  [PART, null, "part"],
  [PART, REFUSED, "part"],
  [REFUSED, PART, "part"],
  [REFUSED, null, "refused"],
];

for (const [ofOwn, ofMinted, better] of TOKENS) {
  Deno.test(`createTokenSource() gives the token "${better}" of "${ofOwn.accessToken}" and "${ofMinted?.accessToken ?? "a refusal"}"`, async () => {
    const answered: Result<LiveToken, TokenRefusal> = ofMinted === null
      ? failure({ reason: "not_connected" })
      : success(ofMinted);
    const own = createFakeRotator({ answer: () => success(ofOwn) });
    const minted = createFakeRotator({ answer: () => answered });
    const clock = createVirtualClock();
    const token = await createTokenSource({ own, minted, clock, requiredScopes: REQUIRED }).liveToken(
      "id",
      60,
    );
    assert.equal(token.ok && token.value.accessToken, better);
  });
}

for (const trouble of ["slow", "failing"] as const) {
  Deno.test(`createTokenSource() gives a token with few scopes when asking for the other one is ${trouble}`, async () => {
    const own = createFakeRotator({ answer: () => success(PART) });
    const asked = () =>
      trouble === "slow" ? new Promise<never>(() => {}) : Promise.reject(new Error("Cannot read the row"));
    const minted = { ...createFakeRotator(), liveToken: asked };
    const clock = createVirtualClock();
    const token = await createTokenSource({ own, minted, clock, requiredScopes: REQUIRED }).liveToken(
      "id",
      60,
    );
    assert.equal(token.ok && token.value.accessToken, "part");
  });
}

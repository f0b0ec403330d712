import assert from "node:assert/strict";
import { COMPANY_ID, FIRST, SECOND, THIRD } from "./api_client.ts";
import { DEFAULT_REDIRECT_URI } from "./default_settings.ts";
import type { Simulator } from "./simulator.ts";
import { createStillSimulator, postToken } from "./token_client.ts";

Deno.test.sanitizer({ ops: true, resources: true });

/** Where the Install button of a page leads, or null where there is none. */
async function installLinkOn(simulator: Simulator, path: string): Promise<string | null> {
  const page = await simulator.app.request(path);
  assert.equal(page.status, 200);
  const link = (await page.text()).match(/href="(\/v2\/oauth\/chooselocation[^"]*)"[^>]*>Install</)?.[1];
  return link?.replaceAll("&amp;", "&") ?? null;
}

/** Allows, and gives the query of the callback and the token answer of its code. */
async function allow(simulator: Simulator, link: string, form: [string, string][]) {
  const answer = await simulator.app.request(link, { method: "POST", body: new URLSearchParams(form) });
  const callback = new URL(answer.headers.get("Location") ?? "");
  assert.equal(`${callback.origin}${callback.pathname}`, DEFAULT_REDIRECT_URI);
  const code = callback.searchParams.get("code") ?? "";
  const tokens = await (await postToken(simulator, { grant_type: "authorization_code", code })).json();
  return { parameters: [...callback.searchParams.keys()], tokens };
}

Deno.test("a location user's install starts with that location ticked and comes back with only a code", async () => {
  const simulator = createStillSimulator();
  const link = await installLinkOn(simulator, `/v2/location/${SECOND}/integration`) ?? "";
  const page = await (await simulator.app.request(link)).text();
  assert.match(page, new RegExp(`value="${SECOND}" checked=""`));
  const { parameters, tokens } = await allow(simulator, link, [["location_id", SECOND]]);
  assert.deepEqual(parameters, ["code"]);
  assert.deepEqual([tokens.userType, tokens.locationId], ["Location", SECOND]);
});

Deno.test("an agency user installs in bulk from the agency's marketplace, and comes back with only a code", async () => {
  const simulator = createStillSimulator();
  assert.match(
    await (await simulator.app.request("/agency_dashboard")).text(),
    /href="\/agency_marketplace"/,
  );
  const link = await installLinkOn(simulator, "/agency_marketplace") ?? "";
  const { parameters, tokens } = await allow(simulator, link, [["location_id", FIRST], [
    "location_id",
    THIRD,
  ]]);
  assert.deepEqual(parameters, ["code"]);
  const { userType, companyId, locationId, isBulkInstallation, installToFutureLocations } = tokens;
  assert.deepEqual(
    { userType, companyId, locationId, isBulkInstallation, installToFutureLocations },
    {
      userType: "Company",
      companyId: COMPANY_ID,
      locationId: undefined,
      isBulkInstallation: true,
      installToFutureLocations: false,
    },
  );
  assert.deepEqual(simulator.truth().locations.map(({ covered }) => covered), [true, false, true]);
});

Deno.test("an agency user can allow all sub-accounts and those that come later", async () => {
  const simulator = createStillSimulator();
  const link = await installLinkOn(simulator, "/agency_marketplace") ?? "";
  const { tokens } = await allow(simulator, link, [["all_locations", "on"], ["future_locations", "on"]]);
  assert.deepEqual([tokens.approveAllLocations, tokens.installToFutureLocations], [true, true]);
  assert.ok(simulator.truth().locations.every(({ covered }) => covered));
});

Deno.test("an app for agencies is offered to agency users only", async () => {
  const simulator = createStillSimulator();
  const [app] = simulator.settings.apps;
  assert.ok(app);
  app.target = "company";
  assert.equal(await installLinkOn(simulator, `/v2/location/${FIRST}/integration`), null);
  assert.notEqual(await installLinkOn(simulator, "/agency_marketplace"), null);
});

Deno.test("an installed app can be taken out again on the page that it was installed from", async () => {
  const simulator = createStillSimulator();
  for (const path of [`/v2/location/${FIRST}/integration`, "/agency_marketplace"]) {
    const link = await installLinkOn(simulator, path) ?? "";
    await allow(simulator, link, [["location_id", FIRST]]);
    const page = await (await simulator.app.request(path)).text();
    const appId = page.match(/name="uninstall" value="([^"]*)"/)?.[1] ?? "";
    const body = new URLSearchParams({ uninstall: appId });
    const answer = await simulator.app.request(path, { method: "POST", body });
    assert.deepEqual([answer.status, answer.headers.get("Location")], [303, path]);
    assert.notEqual(await installLinkOn(simulator, path), null);
    assert.equal(simulator.truth().locations[0]?.listed, false);
  }
});

Deno.test("the marketplace of one app and version is the same page", async () => {
  const simulator = createStillSimulator();
  const path = `/v2/location/${FIRST}/integration/someApp/versions/someVersion`;
  assert.notEqual(await installLinkOn(simulator, path), null);
  assert.equal((await simulator.app.request("/v2/location/unknown/integration")).status, 404);
});

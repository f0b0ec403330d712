import assert from "node:assert/strict";
import {
  COMPANY_ID,
  FIRST,
  installAgency,
  installedIds,
  mint,
  requestMint,
  SECOND,
  THIRD,
} from "./api_client.ts";
import { createRandom } from "./seeded_random.ts";
import type { Simulator } from "./simulator.ts";
import { createStillSimulator, install, postToken, presentRefreshToken, rotate } from "./token_client.ts";

Deno.test.sanitizer({ ops: true, resources: true });

/** Names of what is true about each default location. */
function standing(simulator: Simulator): string[] {
  return simulator.truth().locations.map((location) =>
    (["direct", "covered", "listed"] as const).filter((fact) => location[fact]).join(" ")
  );
}

Deno.test("an install is a fact from the consent on, with or without an exchange", () => {
  const simulator = createStillSimulator();
  simulator.issueCode({ locationIds: [SECOND] });
  assert.deepEqual(standing(simulator), ["", "direct", ""]);
  assert.deepEqual(simulator.truth().locations[1]?.directFamilies, []);
});

Deno.test("truth tells direct installs from covered ones, and which token families live", async () => {
  const simulator = createStillSimulator();
  const direct = await install(simulator, { locationIds: [FIRST] });
  const company = await installAgency(simulator, { locationIds: [FIRST, SECOND] });
  const minted = await mint(simulator, company.access_token, SECOND);
  assert.deepEqual(standing(simulator), ["direct covered listed", "covered listed", ""]);
  const { companies: [agency], locations: [first, second] } = simulator.truth();
  assert.deepEqual([agency?.installed, agency?.installToFutureLocations], [true, false]);
  const heads = [agency?.families, first?.directFamilies, first?.mintedFamilies, second?.mintedFamilies];
  assert.deepEqual(heads.map((families) => families?.map(({ head }) => head)), [
    [company.refresh_token],
    [direct.refresh_token],
    [],
    [minted.refresh_token],
  ]);
  assert.equal(first?.directFamilies[0]?.headState, "unused");
});

Deno.test("an agency's second consent adds locations to the first", async () => {
  const simulator = createStillSimulator();
  await installAgency(simulator, { locationIds: [FIRST] });
  const { access_token } = await installAgency(simulator, { locationIds: [THIRD] });
  assert.deepEqual(await installedIds(simulator, access_token), [FIRST, THIRD]);
});

Deno.test("token answers say whether all and future locations were allowed, rotations too", async () => {
  const simulator = createStillSimulator();
  const first = await installAgency(simulator, { locationIds: "all", installToFutureLocations: true });
  for (const answer of [first, await rotate(simulator, first.refresh_token)]) {
    const { approveAllLocations, installToFutureLocations, isBulkInstallation } = answer;
    assert.deepEqual([approveAllLocations, installToFutureLocations, isBulkInstallation], [true, true, true]);
  }
});

Deno.test("an app for agencies gets a Company token that is not bulk", async () => {
  const simulator = createStillSimulator();
  const [app] = simulator.settings.apps;
  assert.ok(app);
  app.target = "company";
  const { userType, isBulkInstallation } = await installAgency(simulator);
  assert.deepEqual([userType, isBulkInstallation], ["Company", false]);
  assert.throws(() => simulator.issueCode({ installer: "location" }), /only agency users/);
});

Deno.test("a new location is covered when the agency allowed future ones, and only then", async () => {
  for (const installToFutureLocations of [true, false]) {
    const simulator = createStillSimulator();
    const { access_token } = await installAgency(simulator, { installToFutureLocations });
    const { id } = simulator.addLocation({ name: "New Branch" });
    assert.deepEqual(
      await installedIds(simulator, access_token),
      installToFutureLocations ? [FIRST, id] : [FIRST],
    );
  }
});

Deno.test("removing a location ends what was installed in it", async () => {
  const simulator = createStillSimulator();
  const { refresh_token } = await install(simulator);
  const { access_token } = await installAgency(simulator, { locationIds: "all" });
  simulator.removeLocation(FIRST);
  assert.deepEqual(await installedIds(simulator, access_token), [SECOND, THIRD]);
  assert.equal(simulator.ledger.refreshTokenState(refresh_token), "uninstalled");
  assert.throws(() => simulator.removeLocation(FIRST), /Cannot find location/);
});

Deno.test("uninstalling a location ends its direct install, its coverage and its tokens, and no others", async () => {
  const simulator = createStillSimulator();
  const direct = await install(simulator);
  const company = await installAgency(simulator, { locationIds: [FIRST, SECOND] });
  const [first, second] = [
    await mint(simulator, company.access_token, FIRST),
    await mint(simulator, company.access_token, SECOND),
  ];
  assert.equal(simulator.uninstall({ locationId: FIRST }), true);
  assert.equal(simulator.uninstall({ locationId: FIRST }), false);
  assert.deepEqual(standing(simulator), ["", "covered listed", ""]);
  const states = [direct, first, second, company].map(({ refresh_token }) =>
    simulator.ledger.refreshTokenState(refresh_token)
  );
  assert.deepEqual(states, ["uninstalled", "uninstalled", "unused", "unused"]);
});

Deno.test("uninstalling an agency ends direct installs too, unless the switch keeps them", async () => {
  for (const companyUninstall of ["ends_direct_installs", "keeps_direct_installs"] as const) {
    const simulator = createStillSimulator({ switches: { companyUninstall } });
    const direct = await install(simulator);
    const { access_token } = await installAgency(simulator, { locationIds: [FIRST, SECOND] });
    const minted = await mint(simulator, access_token, FIRST);
    simulator.uninstall({ companyId: COMPANY_ID });
    const kept = companyUninstall === "keeps_direct_installs";
    assert.deepEqual(standing(simulator), [kept ? "direct" : "", "", ""]);
    assert.equal(simulator.ledger.refreshableNow(direct.refresh_token), kept);
    assert.equal(simulator.ledger.refreshTokenState(minted.refresh_token), "uninstalled");
  }
});

Deno.test("a re-install gives new tokens and leaves those of the earlier install dead", async () => {
  const simulator = createStillSimulator();
  const before = await install(simulator);
  simulator.uninstall({ locationId: FIRST });
  const after = await install(simulator);
  assert.equal(simulator.ledger.refreshTokenState(before.refresh_token), "uninstalled");
  assert.equal((await presentRefreshToken(simulator, after.refresh_token)).status, 200);
  assert.deepEqual(standing(simulator), ["direct", "", ""]);
});

Deno.test("a code dies with an uninstall before its exchange, unless the switch lets it install again", async () => {
  const simulator = createStillSimulator();
  const exchange = async (code: string) =>
    (await postToken(simulator, { grant_type: "authorization_code", code })).status;
  const early = simulator.issueCode();
  simulator.uninstall({ locationId: FIRST });
  assert.equal(await exchange(early), 401);
  simulator.switches.codesAfterUninstall = "live";
  const late = simulator.issueCode();
  simulator.uninstall({ locationId: FIRST });
  assert.deepEqual(standing(simulator), ["", "", ""]);
  assert.equal(await exchange(late), 200);
  assert.deepEqual(standing(simulator), ["direct", "", ""]);
});

Deno.test("updating an agency's version moves what it covers, and tokens keep their scopes", async () => {
  const simulator = createStillSimulator();
  simulator.settings.apps[0]?.versionIds.push("newVersion");
  const { access_token, refresh_token, scope } = await installAgency(simulator);
  simulator.updateVersion({ companyId: COMPANY_ID }, "newVersion");
  const minted = await mint(simulator, access_token, FIRST);
  assert.equal(minted["versionId"], "newVersion");
  assert.equal((await rotate(simulator, refresh_token)).scope, scope);
  assert.throws(() => simulator.updateVersion({ locationId: FIRST }, "unknown"), /no such version/);
  assert.throws(() => simulator.updateVersion({ locationId: SECOND }, "newVersion"), /not installed/);
});

Deno.test("ending installs by hand forgets them as well, for revoked tokens they stay", async () => {
  const simulator = createStillSimulator();
  await install(simulator);
  simulator.endInstalls({ resourceId: FIRST, reason: "revoked" });
  assert.deepEqual(standing(simulator), ["direct", "", ""]);
  simulator.endInstalls({ resourceId: FIRST, reason: "uninstalled" });
  assert.deepEqual(standing(simulator), ["", "", ""]);
});

Deno.test("one consent cannot span two agencies, and locations need an agency", () => {
  const simulator = createStillSimulator();
  simulator.settings.companies.push({ id: "otherCompany", name: "Other", active: true });
  const { id } = simulator.addLocation({ companyId: "otherCompany" });
  assert.throws(
    () => simulator.issueCode({ installer: "agency", locationIds: [FIRST, id] }),
    /more than one agency/,
  );
  assert.throws(() => simulator.addLocation({ companyId: "unknown" }), /no company/);
  assert.throws(() => simulator.addLocation({ id: FIRST }), /it exists/);
});

Deno.test("in random histories the list, the mints and the tokens always agree with the truth", async () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const simulator = createStillSimulator();
    const random = createRandom(seed);
    const pick = <Item>(items: readonly Item[]): Item =>
      items[Math.floor(random() * items.length)] ?? assert.fail();
    const anyLocation = () => pick(simulator.settings.locations).id;
    const steps: (() => unknown)[] = [
      () => install(simulator, { locationIds: [anyLocation()] }),
      () =>
        installAgency(simulator, { locationIds: [anyLocation()], installToFutureLocations: random() < 0.5 }),
      () => simulator.uninstall({ locationId: anyLocation() }),
      () => random() < 0.3 && simulator.uninstall({ companyId: COMPANY_ID }),
      () => simulator.addLocation(),
      () => simulator.settings.locations.length > 2 && simulator.removeLocation(anyLocation()),
    ];
    for (let step = 0; step < 15; step += 1) await pick(steps)();
    const { access_token: token } = await installAgency(simulator, { locationIds: [anyLocation()] });
    const { locations } = simulator.truth();
    const listed = locations.filter((location) => location.listed).map(({ locationId }) => locationId);
    assert.deepEqual(await installedIds(simulator, token), listed);
    for (const { locationId, direct, covered, directFamilies, listed } of locations) {
      assert.equal(listed, direct || covered);
      assert.equal(directFamilies.length > 0, direct);
      const { status } = await requestMint(simulator, { token, locationId });
      assert.equal(status, listed ? 201 : 400, `seed ${seed}`);
    }
  }
});

import assert from "node:assert/strict";
import {
  APP_ID,
  callApi,
  COMPANY_ID,
  FIRST,
  installAgency,
  installedIds,
  readPage,
  requestMint,
  requestPage,
  SECOND,
  THIRD,
} from "./api_client.ts";
import { DEFAULT_LOCATIONS, numberedLocations } from "./default_settings.ts";
import { createStillSimulator, install, readAnswer } from "./token_client.ts";

Deno.test.sanitizer({ ops: true, resources: true });

Deno.test("installedLocations lists every location of the agency with what is installed in it", async () => {
  const simulator = createStillSimulator();
  const { access_token: token } = await installAgency(simulator);
  const response = await requestPage(simulator, { token });
  assert.equal(response.headers.get("X-RateLimit-Remaining"), "99");
  assert.deepEqual(await response.json(), {
    locations: DEFAULT_LOCATIONS.map(({ id, name, address }) => ({
      _id: id,
      name,
      address,
      isInstalled: id === FIRST,
      ...(id === FIRST ? { versionId: APP_ID, installedAt: "2026-01-15T09:00:00.000Z" } : {}),
    })),
    count: 3,
    installToFutureLocations: false,
  });
});

Deno.test("installedLocations answers 20 of many by default, and at most 100 whatever is asked", async () => {
  const simulator = createStillSimulator({ settings: { locations: numberedLocations(250) } });
  const { access_token: token } = await installAgency(simulator, { locationIds: "all" });
  assert.equal((await readPage(simulator, { token })).locations.length, 20);
  assert.equal((await readPage(simulator, { token, limit: "500" })).locations.length, 100);
  const last = await readPage(simulator, { token, limit: "100", skip: "200" });
  assert.deepEqual([last.locations.length, last.locations[0]?.name, last.count], [50, "Location 201", 250]);
  simulator.switches.installedLocationsAboveMax = "refused";
  const refused = await requestPage(simulator, { token, limit: "500" });
  assert.equal(refused.status, 422);
  assert.deepEqual((await refused.json()).message, ["limit must not be greater than 100"]);
});

Deno.test("ten thousand locations are listed in a hundred calls", async () => {
  const simulator = createStillSimulator({ settings: { locations: numberedLocations(10_000) } });
  const { access_token: token } = await installAgency(simulator, { locationIds: "all" });
  const ids = new Set<string>();
  for (let skip = 0; skip < 10_000; skip += 100) {
    const { locations } = await readPage(simulator, {
      token,
      limit: "100",
      skip: `${skip}`,
      isInstalled: "true",
    });
    for (const { _id } of locations) ids.add(_id);
  }
  assert.equal(ids.size, 10_000);
  assert.deepEqual(simulator.ledger.apiCallCounts(), { installed_locations: 100 });
});

Deno.test("installedLocations filters by install, name, id and version", async () => {
  const simulator = createStillSimulator();
  const { access_token: token } = await installAgency(simulator, { locationIds: [FIRST, THIRD] });
  const filters: [Record<string, string>, string[]][] = [
    [{ isInstalled: "true" }, [FIRST, THIRD]],
    [{ isInstalled: "false" }, [SECOND]],
    [{ query: "YOGA" }, [THIRD]],
    [{ locationId: SECOND }, [SECOND]],
    [{ versionId: APP_ID }, [FIRST, THIRD]],
    [{ onTrial: "true" }, []],
    [{ planId: "unknown" }, []],
  ];
  for (const [filter, expected] of filters) {
    const { locations, count } = await readPage(simulator, { token, ...filter });
    assert.deepEqual(locations.map(({ _id }) => _id), expected, JSON.stringify(filter));
    assert.equal(count, 3);
  }
  simulator.switches.installedLocationsCount = "matching";
  assert.equal((await readPage(simulator, { token, isInstalled: "true" })).count, 2);
});

Deno.test("installedLocations and locationToken reach directly installed locations, or not, together", async () => {
  const simulator = createStillSimulator();
  const { access_token: token } = await installAgency(simulator);
  await install(simulator, { locationIds: [SECOND] });
  assert.deepEqual(await installedIds(simulator, token), [FIRST, SECOND]);
  assert.equal((await requestMint(simulator, { token, locationId: SECOND })).status, 201);
  simulator.switches.directInstallsInCompany = "hidden";
  assert.deepEqual(await installedIds(simulator, token), [FIRST]);
  assert.equal((await requestMint(simulator, { token, locationId: SECOND })).status, 400);
});

Deno.test("installedLocations refuses malformed queries, other tenants and other classes", async () => {
  const simulator = createStillSimulator();
  const { access_token: token } = await installAgency(simulator);
  const malformed = await callApi(simulator, {
    path: "/oauth/installedLocations?skip=first&isInstalled=maybe&appId=x",
    token,
  });
  assert.equal(malformed.status, 422);
  assert.deepEqual((await malformed.json()).message, [
    "companyId must be a string",
    "companyId should not be empty",
    "skip must be a number string",
    "isInstalled must be a boolean value",
  ]);
  assert.equal((await requestPage(simulator, { token, companyId: "other" })).status, 403);
  assert.equal((await requestPage(simulator, { token, appId: "other" })).status, 403);
  const { access_token: ofLocation } = await install(simulator);
  assert.equal((await requestPage(simulator, { token: ofLocation })).status, 401);
});

Deno.test("installedLocations is gone in version v3", async () => {
  const simulator = createStillSimulator();
  const { access_token: token } = await installAgency(simulator);
  const path = `/oauth/installedLocations?companyId=${COMPANY_ID}&appId=${APP_ID}`;
  const { status, body } = await readAnswer(await callApi(simulator, { path, token, version: "v3" }));
  assert.equal(status, 400);
  assert.deepEqual(body, {
    message: `Endpoint ${path} not available in API version v3. This endpoint was removed in version v3. ` +
      "Please use a version before v3.",
    error: "Bad Request",
    statusCode: 400,
  });
});

Deno.test("installedLocations knows paid plans and trials", async () => {
  const simulator = createStillSimulator();
  const [app] = simulator.settings.apps;
  assert.ok(app);
  app.plan = { planId: "66a0419a0dffa55fb9f8e22f", trialDays: 14 };
  const { access_token: token, ...answer } = await installAgency(simulator);
  assert.equal(answer["planId"], app.plan.planId);
  assert.equal((await readPage(simulator, { token, onTrial: "true" })).locations.length, 1);
  simulator.changePlan({ locationId: FIRST }, "66a0419a0dffa55fb9f8e230");
  assert.equal(
    (await readPage(simulator, { token, planId: "66a0419a0dffa55fb9f8e230" })).locations.length,
    1,
  );
  assert.equal(
    (await (await requestMint(simulator, { token, locationId: FIRST })).json()).planId,
    "66a0419a0dffa55fb9f8e230",
  );
});

import assert from "node:assert/strict";
import { DEFAULT_CLIENT_ID } from "./default_settings.ts";
import type { Simulator } from "./simulator.ts";
import { createStillSimulator, install, postToken, readAnswer, rotate } from "./token_client.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const LOCATION = "ve9EPM428h8vShlRW1KT";

async function control(simulator: Simulator, path: string, body?: unknown): Promise<Response> {
  const request = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
  return await simulator.app.request(`/_simulator/${path}`, request);
}

Deno.test("control endpoint advances the clock", async () => {
  const simulator = createStillSimulator();
  const before = simulator.clock.now();
  const { now } = await (await control(simulator, "clock", { advanceMs: 5000 })).json();
  assert.equal(now, before + 5000);
  assert.equal(simulator.clock.now(), now);
});

Deno.test("control endpoint orders, shows and clears faults", async () => {
  const simulator = createStillSimulator();
  await control(simulator, "faults", { route: "token", kind: "lost_answer", times: 2 });
  await control(simulator, "faults", [{ route: "token", kind: "slow", delayMs: 10 }]);
  const { pending, held } = await (await control(simulator, "faults")).json();
  assert.deepEqual(pending, [
    { route: "token", kind: "lost_answer", times: 2 },
    { route: "token", kind: "slow", times: 1, delayMs: 10 },
  ]);
  assert.equal(held, 0);
  await simulator.app.request("/_simulator/faults", { method: "DELETE" });
  assert.deepEqual(simulator.faults.pending(), []);
});

Deno.test("control endpoint changes some switches and leaves the others", async () => {
  const simulator = createStillSimulator();
  const before = { ...simulator.switches };
  await control(simulator, "switches", { installer: "agency" });
  assert.deepEqual(simulator.switches, { ...before, installer: "agency" });
});

Deno.test("control endpoint pauses and wakes locations and companies", async () => {
  const simulator = createStillSimulator();
  await control(simulator, `locations/${LOCATION}`, { active: false });
  await control(simulator, "companies/Kx4vQ9tZpW2mB7nLdR1s", { active: false });
  assert.equal(simulator.settings.locations[0]?.active, false);
  assert.equal(simulator.settings.companies[0]?.active, false);
  assert.equal((await control(simulator, "locations/unknown", { active: false })).status, 404);
});

Deno.test("control endpoint adds, replaces and removes client secrets", async () => {
  const simulator = createStillSimulator();
  const [added, replaced] = [crypto.randomUUID(), crypto.randomUUID()];
  const secrets = () => simulator.settings.apps[0]?.clientPairs.map(({ clientSecret }) => clientSecret);
  const change = (action: string, clientSecret: string) =>
    control(simulator, "secrets", { action, clientId: DEFAULT_CLIENT_ID, clientSecret });
  await change("add", added);
  assert.deepEqual(secrets()?.slice(1), [added]);
  await change("replace", replaced);
  assert.deepEqual(secrets(), [replaced]);
  const { secrets: known } = await (await control(simulator, "secrets-issued")).json();
  assert.ok(known.includes(added) && known.includes(replaced));
  await change("remove", replaced);
  assert.deepEqual(secrets(), []);
});

Deno.test("control endpoint issues codes and ends installs", async () => {
  const simulator = createStillSimulator();
  const response = await control(simulator, "codes", { scopes: ["contacts.readonly"] });
  assert.equal(response.status, 201);
  const { code } = await response.json();
  assert.equal((await postToken(simulator, { grant_type: "authorization_code", code })).status, 200);
  const ended = await control(simulator, `installs/${LOCATION}/end`, { reason: "uninstalled" });
  assert.deepEqual(await ended.json(), { ended: 1 });
});

Deno.test("control endpoint shows the ledger and judges refresh tokens", async () => {
  const simulator = createStillSimulator();
  const first = await install(simulator);
  const second = await rotate(simulator, first.refresh_token);
  simulator.clock.advance(31_000);
  const ledger = await (await control(simulator, "ledger")).json();
  assert.deepEqual(ledger.callCounts, { authorization_code: { issued: 1 }, refresh_token: { rotated: 1 } });
  assert.deepEqual(ledger.lostRotations, []);
  assert.equal(ledger.families[0].head, second.refresh_token);
  assert.equal(ledger.families[0].headState, "unused");
  const refreshTokens = [first.refresh_token, second.refresh_token];
  const judged = await (await control(simulator, "ledger/refreshable", { refreshTokens })).json();
  assert.deepEqual(judged.refreshTokens, [
    { refreshableNow: false, state: "used" },
    { refreshableNow: true, state: "unused" },
  ]);
});

Deno.test("control endpoint tells whose tokens they are, and counts calls without listing them", async () => {
  const simulator = createStillSimulator();
  const first = await install(simulator);
  const second = await rotate(simulator, first.refresh_token);
  const refreshTokens = [first.refresh_token, second.refresh_token, "unknown"];
  const { familyIds } = await (await control(simulator, "ledger/families", { refreshTokens })).json();
  assert.deepEqual(familyIds, [familyIds[0], familyIds[0], null]);
  assert.equal(familyIds[0], simulator.ledger.families()[0]?.id);
  const accessTokens = [first.access_token, second.access_token, "unknown"];
  const { resourceIds } = await (await control(simulator, "ledger/access-tokens", { accessTokens })).json();
  assert.deepEqual(resourceIds, [LOCATION, LOCATION, null]);
  assert.deepEqual(await (await control(simulator, "ledger/counts")).json(), {
    callCounts: { authorization_code: { issued: 1 }, refresh_token: { rotated: 1 } },
  });
});

Deno.test("control endpoint answers 400 to a body it does not understand", async () => {
  const simulator = createStillSimulator();
  const mistakes: [string, unknown][] = [
    ["clock", { advanceMs: -1 }],
    ["faults", { route: "token", kind: "earthquake" }],
    ["switches", { instaler: "agency" }],
    ["codes", { locationIds: ["unknown"] }],
    ["secrets", { action: "add", clientId: "unknown", clientSecret: crypto.randomUUID() }],
  ];
  for (const [path, body] of mistakes) {
    const { status, body: answer } = await readAnswer(await control(simulator, path, body));
    assert.equal(status, 400, `${path}: ${JSON.stringify(answer)}`);
  }
});

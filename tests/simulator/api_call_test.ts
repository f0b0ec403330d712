import assert from "node:assert/strict";
import type { Simulator } from "./simulator.ts";
import { createStillSimulator, install, readAnswer, rotate } from "./token_client.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const LOCATION = "ve9EPM428h8vShlRW1KT";

async function readLocation(
  simulator: Simulator,
  { token, id = LOCATION, version = "2021-07-28" }: { token: string; id?: string; version?: string },
): Promise<Response> {
  const headers = { Authorization: `Bearer ${token}`, ...(version === "" ? {} : { Version: version }) };
  return await simulator.app.request(`/locations/${id}`, { headers });
}

const refusal = (status: number, message: string) => ({ status, body: { statusCode: status, message } });

Deno.test("an API call with a live access token is answered, with the five rate-limit headers", async () => {
  const simulator = createStillSimulator();
  const { access_token } = await install(simulator);
  const response = await readLocation(simulator, { token: access_token });
  assert.equal(response.status, 200);
  assert.equal((await response.json()).location.name, "Harbor Dental Studio");
  assert.equal(response.headers.get("X-RateLimit-Remaining"), "99");
  assert.equal(response.headers.get("X-RateLimit-Daily-Remaining"), "199999");
});

Deno.test("an API call without a right version header is refused", async () => {
  const simulator = createStillSimulator();
  const { access_token: token } = await install(simulator);
  assert.deepEqual(
    await readAnswer(await readLocation(simulator, { token, version: "" })),
    refusal(401, "version header was not found."),
  );
  assert.deepEqual(
    await readAnswer(await readLocation(simulator, { token, version: "v9" })),
    refusal(400, "Invalid API version segment 'v9' at position 0"),
  );
});

Deno.test("an access token is refused when it is unknown or a day old", async () => {
  const simulator = createStillSimulator();
  const { access_token: token } = await install(simulator);
  const unknown = await readAnswer(await readLocation(simulator, { token: "unknown" }));
  assert.deepEqual(unknown, refusal(401, "Invalid JWT"));
  simulator.clock.advance(86_400_000 - 1);
  assert.equal((await readLocation(simulator, { token })).status, 200);
  simulator.clock.advance(1);
  assert.deepEqual(await readAnswer(await readLocation(simulator, { token })), refusal(401, "Invalid JWT"));
});

Deno.test("an access token is refused for other classes, scopes and locations", async () => {
  const simulator = createStillSimulator();
  const ofCompany = await install(simulator, { installer: "agency" });
  assert.equal((await readLocation(simulator, { token: ofCompany.access_token })).status, 401);
  const narrow = await install(simulator, { scopes: ["contacts.readonly"] });
  assert.deepEqual(
    await readAnswer(await readLocation(simulator, { token: narrow.access_token })),
    refusal(401, "The token is not authorized for this scope."),
  );
  const { access_token: token } = await install(simulator);
  assert.deepEqual(
    await readAnswer(await readLocation(simulator, { token, id: "Zt6cYd0Hq3xNwA8uJfG5" })),
    refusal(403, "The token does not have access to this location."),
  );
});

Deno.test("an older access token lives on after a rotation, unless the switch ends it", async () => {
  const simulator = createStillSimulator();
  const first = await install(simulator);
  await rotate(simulator, first.refresh_token);
  assert.equal((await readLocation(simulator, { token: first.access_token })).status, 200);
  simulator.switches.accessTokensAfterRotation = "dead";
  assert.equal((await readLocation(simulator, { token: first.access_token })).status, 401);
});

Deno.test("an access token lives on after an uninstall, unless the switch ends it", async () => {
  const simulator = createStillSimulator();
  const { access_token: token } = await install(simulator);
  simulator.endInstalls({ resourceId: LOCATION, reason: "uninstalled" });
  assert.equal((await readLocation(simulator, { token })).status, 200);
  simulator.switches.accessTokensAfterUninstall = "dead";
  assert.equal((await readLocation(simulator, { token })).status, 401);
});

Deno.test("a client may make 100 calls in ten seconds for each location", async () => {
  const simulator = createStillSimulator();
  const { access_token: token } = await install(simulator);
  const other = await install(simulator, { locationIds: ["Zt6cYd0Hq3xNwA8uJfG5"] });
  for (let calls = 0; calls < 100; calls += 1) {
    assert.equal((await readLocation(simulator, { token })).status, 200);
  }
  const limited = await readLocation(simulator, { token });
  assert.equal(limited.status, 429);
  assert.equal(limited.headers.get("X-RateLimit-Interval-Milliseconds"), "10000");
  const otherLocation = { token: other.access_token, id: "Zt6cYd0Hq3xNwA8uJfG5" };
  assert.equal((await readLocation(simulator, otherLocation)).status, 200);
  simulator.clock.advance(10_000);
  assert.equal((await readLocation(simulator, { token })).status, 200);
});

Deno.test("ordered faults strike API calls too", async () => {
  const simulator = createStillSimulator();
  const { access_token: token } = await install(simulator);
  simulator.faults.next({ route: "api", kind: "bad_gateway_html" });
  assert.equal((await readLocation(simulator, { token })).status, 502);
  assert.equal((await readLocation(simulator, { token })).status, 200);
});

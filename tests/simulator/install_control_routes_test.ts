import assert from "node:assert/strict";
import { APP_ID, COMPANY_ID, FIRST, installAgency, installedIds, SECOND } from "./api_client.ts";
import type { Simulator } from "./simulator.ts";
import { createStillSimulator, install } from "./token_client.ts";
import { createReceiver, deliveringTo, WEBHOOK_URL } from "./webhook_receiver.ts";

Deno.test.sanitizer({ ops: true, resources: true });

async function control(
  simulator: Simulator,
  path: string,
  { body, method = body === undefined ? "GET" : "POST" }: { body?: unknown; method?: string } = {},
): Promise<Response> {
  const request = { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
  return await simulator.app.request(`/_simulator/${path}`, request);
}

Deno.test("control endpoint tells the same truth as the object", async () => {
  const simulator = createStillSimulator();
  await install(simulator);
  const truth = await (await control(simulator, "truth")).json();
  assert.deepEqual(truth, simulator.truth());
  assert.deepEqual(await (await control(simulator, `truth?appId=${APP_ID}`)).json(), truth);
  const { locations } = await (await control(simulator, "truth?appId=unknown")).json();
  assert.equal(locations[0].direct, false);
});

Deno.test("control endpoint issues codes for whole agencies, and uninstalls", async () => {
  const simulator = createStillSimulator();
  const body = { installer: "agency", locationIds: "all", installToFutureLocations: true };
  await control(simulator, "codes", { body });
  const { companies: [agency], locations } = simulator.truth();
  assert.equal(agency?.installToFutureLocations, true);
  assert.ok(locations.every(({ covered }) => covered));
  for (const uninstalled of [true, false]) {
    const answer = await control(simulator, "uninstall", { body: { locationId: FIRST } });
    assert.deepEqual(await answer.json(), { uninstalled });
  }
  await control(simulator, "uninstall", { body: { companyId: COMPANY_ID } });
  assert.equal(simulator.truth().companies[0]?.installed, false);
});

Deno.test("control endpoint adds, changes and removes locations, and brands agencies", async () => {
  const simulator = createStillSimulator();
  const { access_token } = await installAgency(simulator, { installToFutureLocations: true });
  const added = await control(simulator, "locations", { body: { id: "newBranch", name: "New Branch" } });
  assert.equal(added.status, 201);
  assert.deepEqual(await installedIds(simulator, access_token), [FIRST, "newBranch"]);
  await control(simulator, "locations/newBranch", { body: { name: "Old Branch" } });
  assert.equal(simulator.settings.locations.at(-1)?.name, "Old Branch");
  await control(simulator, "locations/newBranch", { method: "DELETE" });
  assert.equal((await control(simulator, "locations/newBranch", { method: "DELETE" })).status, 404);
  const whitelabel = { domain: "crm.example.com", logoUrl: "https://crm.example.com/logo.png" };
  await control(simulator, `companies/${COMPANY_ID}`, { body: { whitelabel } });
  assert.deepEqual(simulator.settings.companies[0]?.whitelabel, whitelabel);
  await control(simulator, `companies/${COMPANY_ID}`, { body: { whitelabel: null } });
  assert.equal(simulator.settings.companies[0]?.whitelabel, undefined);
});

Deno.test("control endpoint changes versions and plans, and answers 400 where nothing is installed", async () => {
  const simulator = createStillSimulator();
  simulator.settings.apps[0]?.versionIds.push("newVersion");
  await install(simulator);
  const target = { locationId: FIRST };
  const changes: [string, unknown, number][] = [
    ["version", { target, versionId: "newVersion" }, 200],
    ["version", { target, versionId: "unknown" }, 400],
    ["plan", { ...target, planId: "planOne" }, 200],
    ["plan", { locationId: SECOND, planId: "planOne" }, 400],
    ["uninstall", {}, 400],
    ["locations", { companyId: "unknown" }, 400],
  ];
  for (const [path, body, status] of changes) {
    assert.equal((await control(simulator, path, { body })).status, status, JSON.stringify(body));
  }
});

Deno.test("control endpoint directs, orders, pumps, shows and resends webhooks", async () => {
  const receiver = createReceiver();
  const simulator = createStillSimulator({ fetch: receiver.fetch });
  const { publicKey, urls } = await (await control(simulator, "webhooks")).json();
  assert.deepEqual([publicKey, urls], [simulator.webhooks.signer.publicKey, [null]]);
  await control(simulator, "webhooks/url", { body: { url: WEBHOOK_URL } });
  await control(simulator, "webhooks/orders", { body: [{ kind: "lose" }, { kind: "delay", delayMs: 500 }] });
  await control(simulator, "webhooks/disorder", { body: { duplication: 1, maxDelayMs: 0 } });
  for (let count = 0; count < 3; count += 1) await control(simulator, "codes", { body: {} });
  const { attempts } = await (await control(simulator, "webhooks/pump", { method: "POST" })).json();
  assert.equal(attempts, 2);
  const { deliveries } = await (await control(simulator, "webhooks/deliveries")).json();
  const states = deliveries.map(({ state }: { state: string }) => state);
  assert.deepEqual(states, ["lost", "waiting", "delivered", "delivered"]);
  await control(simulator, "webhooks/resend", { body: { webhookId: deliveries[0].webhookId } });
  await control(simulator, "webhooks/pump", { method: "POST" });
  assert.equal(receiver.received.at(-1)?.body.webhookId, deliveries[0].webhookId);
  const { pending } = await (await control(simulator, "webhooks/orders", { method: "DELETE" })).json();
  assert.deepEqual(pending, []);
});

Deno.test("control endpoint sends any event by hand, and refuses unknown orders, ids and URLs", async () => {
  const receiver = createReceiver();
  const simulator = createStillSimulator(deliveringTo(receiver));
  await control(simulator, "webhooks/events", {
    body: { type: "UNINSTALL", appId: "anotherApp", locationId: FIRST },
  });
  await simulator.webhooks.pump();
  assert.equal(receiver.received[0]?.body["appId"], "anotherApp");
  const mistakes: [string, unknown][] = [
    ["orders", { kind: "burn" }],
    ["resend", { webhookId: "unknown" }],
    ["url", { url: "nowhere" }],
    ["url", { appId: "unknown", url: null }],
    ["disorder", { loss: 2 }],
  ];
  for (const [path, body] of mistakes) {
    assert.equal((await control(simulator, `webhooks/${path}`, { body })).status, 400, path);
  }
});

Deno.test("control endpoint shows API calls and how many there were", async () => {
  const simulator = createStillSimulator();
  const { access_token } = await installAgency(simulator);
  await installedIds(simulator, access_token);
  assert.deepEqual(await (await control(simulator, "ledger/api-counts")).json(), {
    apiCallCounts: { installed_locations: 1 },
  });
  const { calls: [call] } = await (await control(simulator, "ledger/api-calls")).json();
  assert.deepEqual([call.operation, call.resourceId, call.status], ["installed_locations", COMPANY_ID, 200]);
});

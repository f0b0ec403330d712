import assert from "node:assert/strict";
import { APP_ID, COMPANY_ID, FIRST, installAgency, removeApp, SECOND, THIRD } from "./api_client.ts";
import type { Switches } from "./switches.ts";
import { createStillSimulator, install, postToken } from "./token_client.ts";
import { createReceiver, deliveringTo } from "./webhook_receiver.ts";

Deno.test.sanitizer({ ops: true, resources: true });

function stage(switches: Partial<Switches> = {}) {
  const receiver = createReceiver();
  const simulator = createStillSimulator({ ...deliveringTo(receiver), switches });
  return { receiver, simulator };
}

Deno.test("INSTALL of a location names ids, version and the agency's brand", async () => {
  const { receiver, simulator } = stage();
  simulator.issueCode();
  assert.equal(await simulator.webhooks.pump(), 1);
  const { webhookId, ...body } = receiver.received[0]?.body ?? assert.fail("nothing came");
  assert.match(webhookId, /^[0-9a-f-]{36}$/);
  assert.deepEqual(body, {
    type: "INSTALL",
    appId: APP_ID,
    versionId: APP_ID,
    installType: "Location",
    locationId: FIRST,
    companyId: COMPANY_ID,
    userId: "c2YwN8hTqL5vXo1BzKdJ",
    companyName: "Northlight Agency",
    isWhitelabelCompany: false,
    whitelabelDetails: {},
    timestamp: "2026-01-15T09:00:00.000Z",
  });
});

Deno.test("INSTALL comes before the exchange, after it, long after it, or never", async () => {
  const { receiver, simulator } = stage({
    installWebhook: "after_exchange",
    installWebhookDelaySeconds: 3600,
  });
  const code = simulator.issueCode();
  await postToken(simulator, { grant_type: "authorization_code", code });
  assert.equal(await simulator.webhooks.pump(), 0);
  simulator.clock.advance(3_600_000);
  assert.equal(await simulator.webhooks.pump(), 1);
  simulator.switches.installWebhook = "never";
  await install(simulator);
  simulator.clock.advance(3_600_000);
  assert.equal(await simulator.webhooks.pump(), 0);
  assert.deepEqual(receiver.summary(), [`INSTALL ${FIRST}`]);
});

Deno.test("a bulk install sends one INSTALL per location, an agency's app one for the company", async () => {
  const { receiver, simulator } = stage();
  const consent = { installer: "agency", locationIds: [FIRST, THIRD] } as const;
  simulator.issueCode({ ...consent, locationIds: [...consent.locationIds] });
  await simulator.webhooks.pump();
  assert.deepEqual(receiver.summary(), [`INSTALL ${FIRST}`, `INSTALL ${THIRD}`]);
  const [app] = simulator.settings.apps;
  assert.ok(app);
  app.target = "company";
  simulator.issueCode({ installer: "agency" });
  await simulator.webhooks.pump();
  const { webhookId: _, timestamp: __, ...body } = receiver.received[2]?.body ?? assert.fail("nothing came");
  assert.deepEqual(body, { type: "INSTALL", appId: APP_ID, companyId: COMPANY_ID });
  simulator.switches.agencyInstallWebhooks = "both";
  simulator.issueCode({ installer: "agency" });
  await simulator.webhooks.pump();
  assert.deepEqual(receiver.summary().slice(3), [`INSTALL ${COMPANY_ID}`, `INSTALL ${FIRST}`]);
});

Deno.test("INSTALL of a future location leaves userId and companyId out, as switches say", async () => {
  const { receiver, simulator } = stage();
  simulator.issueCode({ installer: "agency", installToFutureLocations: true });
  for (const installWebhookIds of ["as_documented", "present", "missing"] as const) {
    simulator.switches.installWebhookIds = installWebhookIds;
    simulator.addLocation();
  }
  await simulator.webhooks.pump();
  const named = receiver.received.map(({ body }) => "userId" in body && "companyId" in body);
  assert.deepEqual(named, [true, false, true, false]);
});

Deno.test("UNINSTALL names a location or a company, never both", async () => {
  const { receiver, simulator } = stage();
  await install(simulator);
  await installAgency(simulator, { locationIds: [FIRST, SECOND] });
  await simulator.webhooks.pump();
  receiver.received.splice(0);
  simulator.uninstall({ locationId: FIRST });
  simulator.uninstall({ companyId: COMPANY_ID });
  simulator.uninstall({ companyId: COMPANY_ID });
  await simulator.webhooks.pump();
  const bodies = receiver.received.map(({ body: { webhookId: _, timestamp: __, ...body } }) => body);
  assert.deepEqual(bodies, [
    { type: "UNINSTALL", appId: APP_ID, locationId: FIRST },
    { type: "UNINSTALL", appId: APP_ID, companyId: COMPANY_ID },
  ]);
});

Deno.test("an agency's uninstall can tell of its locations, and one over the API can be silent", async () => {
  const { receiver, simulator } = stage({ installWebhook: "never", companyUninstallWebhooks: "both" });
  await installAgency(simulator, { locationIds: [FIRST, SECOND] });
  simulator.uninstall({ companyId: COMPANY_ID });
  await simulator.webhooks.pump();
  assert.deepEqual(receiver.summary(), [
    `UNINSTALL ${COMPANY_ID}`,
    `UNINSTALL ${FIRST}`,
    `UNINSTALL ${SECOND}`,
  ]);
  const { access_token: token } = await install(simulator);
  simulator.switches.uninstallWebhookAfterDelete = "none";
  await removeApp(simulator, { token, locationId: FIRST });
  assert.equal(await simulator.webhooks.pump(), 0);
});

Deno.test("UPDATE is as INSTALL with the version before, PLAN_CHANGE has both plans", async () => {
  const { receiver, simulator } = stage({ installWebhook: "never" });
  const [app] = simulator.settings.apps;
  assert.ok(app);
  app.versionIds.push("newVersion");
  app.plan = { planId: "planOne", trialDays: 7 };
  await install(simulator);
  simulator.updateVersion({ locationId: FIRST }, "newVersion");
  simulator.changePlan({ locationId: FIRST }, "planTwo");
  await simulator.webhooks.pump();
  const [update, plan] = receiver.received.map(({ body }) => body);
  assert.deepEqual([update?.type, update?.["versionId"], update?.["previousVersionId"]], [
    "UPDATE",
    "newVersion",
    APP_ID,
  ]);
  assert.deepEqual(update?.["trial"], {
    onTrial: true,
    trialDuration: 7,
    trialStartDate: "2026-01-15T09:00:00.000Z",
  });
  const { webhookId: _, timestamp: __, ...changed } = plan ?? assert.fail("nothing came");
  assert.deepEqual(changed, {
    type: "PLAN_CHANGE",
    appId: APP_ID,
    locationId: FIRST,
    companyId: COMPANY_ID,
    userId: "c2YwN8hTqL5vXo1BzKdJ",
    currentPlanId: "planOne",
    newPlanId: "planTwo",
  });
});

Deno.test("LocationUpdate goes to installed apps, LocationCreate to agency apps, a deletion is an UNINSTALL", async () => {
  const { receiver, simulator } = stage({ installWebhook: "never" });
  await installAgency(simulator);
  simulator.addLocation({ id: "unheard" });
  const [app] = simulator.settings.apps;
  assert.ok(app);
  app.target = "company";
  simulator.addLocation({ id: "heard", name: "New Branch" });
  simulator.updateLocation(FIRST, { name: "Harbor Dental" });
  simulator.updateLocation(SECOND, { name: "Not installed" });
  simulator.updateLocation(FIRST, { active: false });
  simulator.removeLocation(FIRST);
  await simulator.webhooks.pump();
  assert.deepEqual(receiver.summary(), [
    "LocationCreate heard",
    `LocationUpdate ${FIRST}`,
    `UNINSTALL ${FIRST}`,
  ]);
  const { webhookId: _, timestamp: __, ...created } = receiver.received[0]?.body ?? assert.fail();
  assert.deepEqual(created, {
    type: "LocationCreate",
    id: "heard",
    companyId: COMPANY_ID,
    name: "New Branch",
    email: "office@heard.example",
    stripeProductId: "",
  });
});

Deno.test("nothing is sent or kept without a webhook URL", async () => {
  const simulator = createStillSimulator();
  await install(simulator);
  simulator.uninstall({ locationId: FIRST });
  assert.equal(await simulator.webhooks.pump(), 0);
  assert.deepEqual(simulator.webhooks.deliveries(), []);
});

Deno.test("UPDATE of an agency names the company and both versions, and no location", async () => {
  const { receiver, simulator } = stage({ installWebhook: "never" });
  simulator.settings.apps[0]?.versionIds.push("newVersion");
  await installAgency(simulator);
  simulator.updateVersion({ companyId: COMPANY_ID }, "newVersion");
  await simulator.webhooks.pump();
  const { webhookId: _, timestamp: __, ...body } = receiver.received[0]?.body ?? assert.fail("nothing came");
  assert.deepEqual(body, {
    type: "UPDATE",
    appId: APP_ID,
    companyId: COMPANY_ID,
    versionId: "newVersion",
    previousVersionId: APP_ID,
  });
});

Deno.test("switches tell of locations only, of every new location, and of no deletion", async () => {
  const { receiver, simulator } = stage({
    installWebhook: "never",
    companyUninstallWebhooks: "locations",
    locationCreateWebhooks: "every_app",
    removedLocationWebhook: "none",
  });
  await installAgency(simulator, { locationIds: [FIRST, SECOND] });
  simulator.addLocation({ id: "heard" });
  simulator.removeLocation(SECOND);
  simulator.uninstall({ companyId: COMPANY_ID });
  await simulator.webhooks.pump();
  assert.deepEqual(receiver.summary(), ["LocationCreate heard", `UNINSTALL ${FIRST}`]);
});

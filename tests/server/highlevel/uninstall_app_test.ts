import assert from "node:assert/strict";
import { uninstallApp } from "../../../server/highlevel/uninstall_app.ts";
import {
  APP_ID,
  COMPANY_ID,
  FIRST,
  installAgency,
  installedIds,
  mint,
  SECOND,
} from "../../simulator/api_client.ts";
import { createStillSimulator, install } from "../../simulator/token_client.ts";
import { callerAnswered, callerAnsweredBy, callerOf } from "./api_caller.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const REASON = "Disconnected in Relatch";
const DONE = { ok: true, value: null };
const UNAVAILABLE = { ok: false, failure: { reason: "unavailable", pauseSeconds: null } };

Deno.test("uninstallApp() sends one DELETE that names what is removed, and why", async () => {
  for (const subject of [{ companyId: COMPANY_ID }, { locationId: FIRST }]) {
    const { caller, requests } = callerAnsweredBy(() => Response.json({ success: true }));
    const what = { ...subject, reason: REASON };
    assert.deepEqual(await uninstallApp(caller, what), DONE);
    assert.equal(requests.length, 1);
    const [request] = requests;
    assert.ok(request);
    assert.equal(request.method, "DELETE");
    assert.equal(request.url, `https://services.example/marketplace/app/${APP_ID}/installations`);
    assert.equal(request.headers.get("content-type"), "application/json");
    assert.deepEqual(await request.json(), what);
  }
});

Deno.test("uninstallApp() removes the app from a location with its own token, direct or minted", async () => {
  const simulator = createStillSimulator({ switches: { uninstallReason: "required" } });
  const direct = await install(simulator);
  const what = { locationId: FIRST, reason: REASON };
  assert.deepEqual(await uninstallApp(callerOf(simulator, direct.access_token), what), DONE);
  assert.equal(simulator.truth().locations[0]?.direct, false);

  const agency = await installAgency(simulator, { locationIds: [FIRST, SECOND] });
  const minted = await mint(simulator, agency.access_token, FIRST);
  assert.deepEqual(await uninstallApp(callerOf(simulator, minted.access_token), what), DONE);
  assert.deepEqual(await installedIds(simulator, agency.access_token), [SECOND]);
});

Deno.test("uninstallApp() removes the app from an agency and all its locations", async () => {
  const simulator = createStillSimulator();
  const { access_token } = await installAgency(simulator, { locationIds: "all" });
  const caller = callerOf(simulator, access_token);
  assert.deepEqual(await uninstallApp(caller, { companyId: COMPANY_ID, reason: REASON }), DONE);
  assert.deepEqual(await installedIds(simulator, access_token), []);
});

Deno.test("uninstallApp() can be repeated after a lost answer, and is told that the app is gone", async () => {
  const simulator = createStillSimulator();
  const { access_token } = await install(simulator);
  const caller = callerOf(simulator, access_token);
  const remove = () => uninstallApp(caller, { locationId: FIRST, reason: REASON });
  simulator.faults.next({ route: "api", kind: "lost_answer", operation: "uninstall" });
  assert.deepEqual(await remove(), UNAVAILABLE);
  assert.deepEqual(await remove(), { ok: false, failure: { reason: "not_installed" } });
  simulator.switches.repeatedUninstall = "succeeds";
  assert.deepEqual(await remove(), DONE);
  simulator.switches.accessTokensAfterUninstall = "dead";
  assert.deepEqual(await remove(), { ok: false, failure: { reason: "token_refused" } });
});

Deno.test("uninstallApp() is refused for another location", async () => {
  const simulator = createStillSimulator();
  const { access_token } = await install(simulator);
  const caller = callerOf(simulator, access_token);
  assert.deepEqual(await uninstallApp(caller, { locationId: SECOND, reason: REASON }), {
    ok: false,
    failure: { reason: "no_access" },
  });
});

Deno.test("uninstallApp() takes only a clear success for one", async () => {
  for (const body of [{ success: false }, { success: "true" }, {}, null, [], "OK"]) {
    const caller = callerAnswered(200, body);
    assert.deepEqual(await uninstallApp(caller, { locationId: FIRST, reason: REASON }), UNAVAILABLE);
  }
});

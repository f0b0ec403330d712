/** What a person disconnected and HighLevel did not confirm at once: tried again until it is done, whatever comes between. */
import assert from "node:assert/strict";
import { requestRemoval } from "../../../server/removal/request_removal.ts";
import { COMPANY_ID, coveredLocations, installAgency } from "../../support/agency_stage.ts";
import {
  askToken,
  assertTrue,
  bringBack,
  callsOf,
  connectionOf,
  createAgencyRelatch,
  isWiped,
  live,
  locationHistory,
  settle,
  stateOf,
  statusOf,
  takeAway,
  takeToken,
} from "../../support/agency_scenes.ts";
import { install, passTime } from "../../support/rotation_stage.ts";
import { testPostgresForFile } from "../../support/test_postgres.ts";
import { LOCATION_ID, type TestRelatch } from "../../support/test_relatch.ts";

Deno.test.sanitizer({ ops: true, resources: true });
const postgres = testPostgresForFile();

const REMOVING = ["uninstall", "location_token"] as const;

type Who = "location" | "covered" | "agency";

interface Removal {
  readonly relatch: TestRelatch;
  /** What is to be removed. */
  readonly id: string;
}

async function withInstalled(who: Who, work: (removal: Removal) => Promise<void>): Promise<void> {
  await using relatch = await createAgencyRelatch(postgres);
  const agencyId = who === "location" ? "" : await installAgency(relatch);
  if (who === "location") await install(relatch, LOCATION_ID);
  await settle(relatch);
  await passTime(relatch, 10);
  await work({ relatch, id: who === "agency" ? agencyId : await connectionOf(relatch) });
}

const isInstalled = ({ simulator }: TestRelatch, who: Who): boolean => {
  const { companies, locations } = simulator.truth();
  return who === "agency"
    ? companies[0]?.installed === true
    : locations.some(({ locationId, listed, direct }) => locationId === LOCATION_ID && (listed || direct));
};

for (const who of ["location", "covered", "agency"] as const) {
  Deno.test(`a removal that HighLevel did not hear of is done within a minute after it is back (${who})`, async () => {
    await withInstalled(who, async ({ relatch, id }) => {
      takeAway(relatch, REMOVING);
      assert.equal(await relatch.upkeep.disconnect(id), "pending");
      await live(relatch, { seconds: 120, step: 30 });
      assert.ok(isInstalled(relatch, who));
      bringBack(relatch);
      await live(relatch, { seconds: 300, step: 30 });
      assert.equal(isInstalled(relatch, who), false);
      assert.ok(await isWiped(relatch, id));
      await assertTrue(relatch);
    });
  });

  Deno.test(`a removal is asked for less and less often while HighLevel is away (${who})`, async () => {
    await withInstalled(who, async ({ relatch, id }) => {
      if (who === "covered") await takeToken(relatch);
      takeAway(relatch, REMOVING);
      await relatch.upkeep.disconnect(id);
      await live(relatch, { seconds: 7200, step: 60 });
      const calls = callsOf(relatch, "uninstall");
      assert.ok(calls >= 5 && calls <= 20, `${calls}`);
    });
  });

  for (const kind of ["lost_answer", "damaged_json"] as const) {
    Deno.test(`a removal whose answer ends in "${kind}" is found done the next time (${who})`, async () => {
      await withInstalled(who, async ({ relatch, id }) => {
        // Nothing else may tell.
        relatch.simulator.webhooks.orders.disorder({ loss: 1 });
        relatch.simulator.faults.next({ route: "api", operation: "uninstall", kind });
        assert.equal(await relatch.upkeep.disconnect(id), "pending");
        assert.equal(isInstalled(relatch, who), false);
        await live(relatch, { seconds: 120, step: 15 });
        assert.ok(await isWiped(relatch, id));
        await assertTrue(relatch);
      });
    });
  }

  Deno.test(`a process that dies after the person was answered leaves the removal to another (${who})`, async () => {
    await withInstalled(who, async ({ relatch, id }) => {
      await relatch.database.begin(async (tx) => {
        await requestRemoval(tx, { connectionId: id, actor: "extension" });
      });
      await settle(relatch);
      assert.ok(isInstalled(relatch, who));
      await live(relatch, { seconds: 60 });
      assert.equal(isInstalled(relatch, who), false);
      assert.ok(await isWiped(relatch, id));
      await assertTrue(relatch);
    });
  });
}

Deno.test("a removal tells HighLevel a reason, which it may ask for", async () => {
  await withInstalled("location", async ({ relatch, id }) => {
    relatch.simulator.switches.uninstallReason = "required";
    assert.equal(await relatch.upkeep.disconnect(id), "removed");
    assert.equal(isInstalled(relatch, "location"), false);
  });
});

for (const who of ["location", "agency"] as const) {
  Deno.test(`connecting again while a removal waits takes it back (${who})`, async () => {
    await withInstalled(who, async ({ relatch, id }) => {
      takeAway(relatch, REMOVING);
      await relatch.upkeep.disconnect(id);
      bringBack(relatch);
      if (who === "agency") await installAgency(relatch);
      else await install(relatch, LOCATION_ID);
      await live(relatch, { seconds: 3600, step: 300 });
      assert.ok(isInstalled(relatch, who));
      assert.equal(callsOf(relatch, "uninstall"), 1);
      assert.equal(await stateOf(relatch), who === "agency" ? "connected company" : "connected location");
      await takeToken(relatch);
      await assertTrue(relatch);
    });
  });
}

Deno.test("a person who connects again while HighLevel removes the app keeps the new install", async () => {
  let whileRemoving = async (): Promise<void> => {};
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    const isRemoval = request.method === "DELETE";
    const response = await relatch.simulator.app.fetch(request);
    if (isRemoval) await whileRemoving();
    return response;
  };
  await using relatch = await createAgencyRelatch(postgres, { upkeep: { fetch } });
  const { id } = await install(relatch, LOCATION_ID);
  whileRemoving = async () => {
    relatch.simulator.clock.advance(2000);
    await install(relatch, LOCATION_ID);
  };
  await relatch.upkeep.disconnect(id);
  relatch.simulator.clock.advance(2000);
  await settle(relatch);
  assert.equal(await stateOf(relatch), "connected location");
  assert.equal(await isWiped(relatch, id), false);
  await assertTrue(relatch);
});

Deno.test("a removal of one covered location waits on its own, and the others go on", async () => {
  await withInstalled("covered", async ({ relatch, id }) => {
    const [, other = ""] = relatch.simulator.settings.locations.map((location) => location.id);
    takeAway(relatch, REMOVING);
    await relatch.upkeep.disconnect(id);
    bringBack(relatch);
    assert.equal((await statusOf(relatch)).problem?.code, "removal_pending");
    assert.equal(await stateOf(relatch, other), "connected company");
    await takeToken(relatch, other);
  });
});

Deno.test("a location that was uninstalled while its removal waited is not asked about any more", async () => {
  for (const who of ["location", "covered"] as const) {
    await withInstalled(who, async ({ relatch, id }) => {
      takeAway(relatch, REMOVING);
      await relatch.upkeep.disconnect(id);
      bringBack(relatch);
      const before = callsOf(relatch, "uninstall");
      relatch.simulator.uninstall({ locationId: LOCATION_ID });
      await settle(relatch);
      assert.equal(await stateOf(relatch), "not_connected null");
      await live(relatch, { seconds: 3600, step: 600 });
      assert.equal(callsOf(relatch, "uninstall"), before);
      assert.ok(await isWiped(relatch, id));
    });
  }
});

Deno.test("a location that a person removed comes back when its agency ticks it again", async () => {
  await withInstalled("covered", async ({ relatch, id }) => {
    assert.equal(await relatch.upkeep.disconnect(id), "removed");
    await settle(relatch);
    assert.deepEqual(await askToken(relatch), { ok: false, failure: { reason: "not_connected" } });
    await passTime(relatch, 10);
    relatch.simulator.issueCode({ installer: "agency", companyId: COMPANY_ID, locationIds: [LOCATION_ID] });
    await settle(relatch);
    assert.ok((await coveredLocations(relatch)).includes(LOCATION_ID));
    assert.deepEqual((await locationHistory(relatch)).slice(1), [
      "removal_requested disconnected",
      "uncovered removed",
      "covered install_webhook",
    ]);
    await takeToken(relatch);
  });
});

for (const uninstallWebhookAfterDelete of ["sent", "none"] as const) {
  Deno.test(`the agency's removal ends in the truth when HighLevel's webhook of it is ${uninstallWebhookAfterDelete}`, async () => {
    await withInstalled("agency", async ({ relatch, id }) => {
      relatch.simulator.switches.uninstallWebhookAfterDelete = uninstallWebhookAfterDelete;
      assert.equal(await relatch.upkeep.disconnect(id), "removed");
      await settle(relatch);
      await assertTrue(relatch);
      await live(relatch, { seconds: 3600, step: 600 });
      await assertTrue(relatch);
    });
  });
}

/** UNINSTALL that comes while the refresh token of the same install is on its way: nothing that is late revives it. */
import assert from "node:assert/strict";
import { keepUp } from "../../support/agency_stage.ts";
import {
  createAgencyRelatch,
  isWiped,
  live,
  locationHistory,
  settle,
  stateOf,
} from "../../support/agency_scenes.ts";
import { install, passTime } from "../../support/rotation_stage.ts";
import { testPostgresForFile } from "../../support/test_postgres.ts";
import { LOCATION_ID } from "../../support/test_relatch.ts";

Deno.test.sanitizer({ ops: true, resources: true });
const postgres = testPostgresForFile();

for (const step of ["claiming", "claimed", "answered", "storing", "stored"] as const) {
  for (const uninstalledRefresh of ["invalid_client", "invalid_grant"] as const) {
    Deno.test(`a rotation that is at "${step}" when UNINSTALL comes revives nothing (${uninstalledRefresh})`, async () => {
      let atStep = async (_reached: string): Promise<void> => {};
      await using relatch = await createAgencyRelatch(postgres, {
        rotation: { reach: (reached) => atStep(reached) },
      });
      relatch.simulator.switches.uninstalledRefresh = uninstalledRefresh;
      const { id } = await install(relatch, LOCATION_ID);
      await settle(relatch);
      await passTime(relatch, 80_000);
      let strikes = 0;
      atStep = async (reached) => {
        if (reached !== step || strikes++ > 0) return;
        relatch.simulator.uninstall({ locationId: LOCATION_ID });
        await relatch.simulator.webhooks.pump();
        await keepUp(relatch);
      };
      await settle(relatch);
      assert.ok(strikes > 0, `The rotation did not come to "${step}"`);
      await live(relatch, { seconds: 120, step: 30 });
      assert.ok(await isWiped(relatch, id));
      assert.equal(await stateOf(relatch), "not_connected null");
      const history = await locationHistory(relatch);
      assert.deepEqual(history.filter((line) => !line.startsWith("renewed")), [
        "connected marketplace_install",
        "disconnected uninstall_webhook",
      ]);
    });
  }
}

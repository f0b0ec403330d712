/** Webhooks between their receipt and their end: many at once, none lost in a crash, and all carried out when HighLevel is back. */
import assert from "node:assert/strict";
import { addLocations, coveredLocations, installAgency, keepUp } from "../../support/agency_stage.ts";
import {
  bringBack,
  callsOf,
  createAgencyRelatch,
  live,
  logged,
  settle,
  stateOf,
  takeAway,
} from "../../support/agency_scenes.ts";
import { install, passTime } from "../../support/rotation_stage.ts";
import { createSecondUpkeep } from "../../support/second_upkeep.ts";
import { testPostgresForFile } from "../../support/test_postgres.ts";
import { LOCATION_ID, type TestRelatch } from "../../support/test_relatch.ts";

Deno.test.sanitizer({ ops: true, resources: true });
const postgres = testPostgresForFile();

const LEASE_SECONDS = 30;

const all = ({ simulator }: TestRelatch): string[] =>
  simulator.truth().locations.filter(({ listed }) => listed).map(({ locationId }) => locationId).sort();

async function waiting({ database }: TestRelatch): Promise<number> {
  const [row] = await database<{ waiting: number }[]>`
    SELECT count(*)::int AS waiting FROM webhook_inbox WHERE done_at IS NULL`;
  return row?.waiting ?? NaN;
}

Deno.test("500 INSTALLs after an agency's install cost a few list calls instead of 500 questions", async () => {
  await using relatch = await createAgencyRelatch(postgres);
  addLocations(relatch, 500);
  await installAgency(relatch);
  await settle(relatch);
  assert.equal(logged(relatch, "webhook_received"), 503);
  await live(relatch, { seconds: 180, step: 15 });
  assert.equal(await waiting(relatch), 0);
  assert.equal(logged(relatch, "webhook_given_up"), 0);
  assert.deepEqual(await coveredLocations(relatch), all(relatch));
  // Six pages a listing, of which there are three in this time anyway.
  assert.ok(callsOf(relatch, "installed_locations") < 40, `${callsOf(relatch, "installed_locations")}`);
});

Deno.test("INSTALLs of many locations that are gone again come to their end as well", async () => {
  await using relatch = await createAgencyRelatch(postgres);
  const { simulator } = relatch;
  addLocations(relatch, 100);
  await installAgency(relatch);
  simulator.webhooks.orders.disorder({ loss: 1 });
  for (const { id } of simulator.settings.locations.slice(10)) simulator.uninstall({ locationId: id });
  await settle(relatch);
  await live(relatch, { seconds: 600, step: 30 });
  assert.deepEqual(await coveredLocations(relatch), all(relatch));
  assert.equal(await waiting(relatch), 0);
  assert.equal(logged(relatch, "webhook_given_up"), 0);
});

for (const step of ["claimed", "applied", "ended"] as const) {
  Deno.test(`a process that dies at "${step}" of a webhook loses nothing`, async () => {
    let isDying = true;
    await using relatch = await createAgencyRelatch(postgres, {
      upkeep: {
        reach(reached, work) {
          if (isDying && reached === step && work === "webhook") throw new Error("The process died");
        },
      },
    });
    await install(relatch, LOCATION_ID);
    await relatch.simulator.webhooks.pump();
    await passTime(relatch, 10);
    relatch.simulator.uninstall({ locationId: LOCATION_ID });
    await relatch.simulator.webhooks.pump();
    await keepUp(relatch);
    isDying = false;
    await passTime(relatch, LEASE_SECONDS);
    await keepUp(relatch);
    assert.equal(await waiting(relatch), 0);
    assert.equal(await stateOf(relatch), "not_connected null");
  });
}

Deno.test("a process that dies right after it answered leaves the webhook to another", async () => {
  await using relatch = await createAgencyRelatch(postgres);
  await install(relatch, LOCATION_ID);
  await passTime(relatch, 10);
  relatch.simulator.uninstall({ locationId: LOCATION_ID });
  // Nothing of this process looks at its inbox any more.
  await relatch.simulator.webhooks.pump();
  await using second = createSecondUpkeep(relatch);
  await keepUp({ upkeep: second });
  assert.equal(await stateOf(relatch), "not_connected null");
});

Deno.test("a webhook that two processes see is carried out once", async () => {
  const done: string[] = [];
  const note = (process: string) => (step: string, work: string) => {
    if (step === "claimed" && work === "webhook") done.push(process);
  };
  await using relatch = await createAgencyRelatch(postgres, { upkeep: { reach: note("first") } });
  await using second = createSecondUpkeep(relatch, { reach: note("second") });
  addLocations(relatch, 40);
  await installAgency(relatch);
  await relatch.simulator.webhooks.pump();
  const received = logged(relatch, "webhook_received");
  await relatch.database`UPDATE webhook_inbox SET received_at = received_at - interval '1 hour'`;
  await Promise.all([keepUp(relatch), keepUp({ upkeep: second })]);
  assert.equal(done.length, received);
  assert.equal(await waiting(relatch), 0);
});

Deno.test("a webhook that HighLevel does not answer about is carried out when it is back", async () => {
  await using relatch = await createAgencyRelatch(postgres);
  const [first = "", ...others] = relatch.simulator.settings.locations.map(({ id }) => id).sort();
  await installAgency(relatch, { locationIds: [first] });
  await settle(relatch);
  takeAway(relatch);
  relatch.simulator.issueCode({ installer: "agency", locationIds: others });
  relatch.simulator.uninstall({ locationId: first });
  await settle(relatch);
  assert.deepEqual(await coveredLocations(relatch), [first]);
  assert.equal(await waiting(relatch), 3);
  assert.ok(logged(relatch, "webhook_postponed") >= 3);
  bringBack(relatch);
  // What was postponed is due within seconds; the listing would find it out by itself, but later.
  await relatch.database`UPDATE agencies SET listing_due_at = now() + interval '1 hour'`;
  await live(relatch, { seconds: 10 });
  assert.deepEqual(await coveredLocations(relatch), others);
  assert.equal(await waiting(relatch), 0);
});

Deno.test("a webhook about an agency that lost its own token waits for nobody", async () => {
  await using relatch = await createAgencyRelatch(postgres);
  const agencyId = await installAgency(relatch);
  await relatch.database`
    UPDATE connections SET problem_code = 'refresh_token_rejected', problem_since = now(), next_refresh_at = NULL,
      access_token_expires_at = now() WHERE id = ${agencyId}`;
  await settle(relatch);
  assert.equal(await waiting(relatch), 0);
});

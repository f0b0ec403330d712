/** A wish to disconnect that is taken back while it is carried out: what came in between is not uninstalled. */
import assert from "node:assert/strict";
import { installAgency, keepUp } from "../../support/agency_stage.ts";
import {
  addAgency,
  assertTrue,
  bringBack,
  callsOf,
  connectionOf,
  createAgencyRelatch,
  isWiped,
  live,
  settle,
  stateOf,
  takeAway,
  takeToken,
  WITHOUT_DETAILS,
} from "../../support/agency_scenes.ts";
import { expireTokens, install, passTime } from "../../support/rotation_stage.ts";
import { testPostgresForFile } from "../../support/test_postgres.ts";
import { LOCATION_ID, type TestRelatch } from "../../support/test_relatch.ts";

Deno.test.sanitizer({ ops: true, resources: true });
const postgres = testPostgresForFile();

const OTHER_AGENCY = "OtherAgency000000001";
const OTHER_LOCATION = "otherLocation0000001";

const isCovered = ({ simulator }: TestRelatch): boolean =>
  simulator.truth().locations.some(({ locationId, covered }) => locationId === LOCATION_ID && covered);

/** HighLevel's answers to one kind of token call, which arrive when they are let go. */
interface HeldAnswers {
  readonly relatch: TestRelatch;
  /** Holds back the next answers; resolves when there is one. */
  hold(): Promise<void>;
  letGo(): void;
}

async function withHeldAnswers(
  { grantType, settings = {} }: {
    grantType: "refresh_token" | "authorization_code";
    settings?: Readonly<Record<string, string>>;
  },
  work: (held: HeldAnswers) => Promise<void>,
): Promise<void> {
  let holding: { readonly arrived: () => void; readonly released: Promise<void> } | undefined;
  let letGo = (): void => {};
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    const isMeant = (await request.clone().text()).includes(`grant_type=${grantType}`);
    const response = await relatch.simulator.app.fetch(request);
    if (isMeant && holding !== undefined) {
      holding.arrived();
      await holding.released;
    }
    return response;
  };
  await using relatch = await createAgencyRelatch(postgres, { dependencies: { fetch }, settings });
  await work({
    relatch,
    hold() {
      const arrived = Promise.withResolvers<void>();
      const released = Promise.withResolvers<void>();
      holding = { arrived: arrived.resolve, released: released.promise };
      letGo = () => {
        holding = undefined;
        released.resolve();
      };
      return arrived.promise;
    },
    letGo: () => letGo(),
  });
}

/** Something that takes back a wish, and what it is about. */
interface Change {
  readonly what: string;
  readonly who: "location" | "agency" | "covered location";
  readonly again: (relatch: TestRelatch) => Promise<unknown>;
}

const CHANGES: readonly Change[] = [
  {
    what: "a location that is connected again",
    who: "location",
    again: (relatch) => install(relatch, LOCATION_ID),
  },
  {
    what: "a location where its agency installs",
    who: "location",
    again: (relatch) => installAgency(relatch),
  },
  { what: "an agency that is connected again", who: "agency", again: (relatch) => installAgency(relatch) },
  {
    what: "a location whose agency is connected again",
    who: "covered location",
    again: (relatch) => installAgency(relatch),
  },
];

/** What is to be removed has no access token that lives: HighLevel has to be asked for one. */
async function installExpired(relatch: TestRelatch, who: Change["who"]): Promise<string> {
  const installed = who === "location"
    ? (await install(relatch, LOCATION_ID)).id
    : await installAgency(relatch);
  await settle(relatch);
  await passTime(relatch, 3600);
  await expireTokens(relatch.database, [installed]);
  return who === "covered location" ? await connectionOf(relatch) : installed;
}

for (const { what, who, again } of CHANGES) {
  Deno.test(`${what} while a removal waits for a token is not uninstalled`, async () => {
    await withHeldAnswers({ grantType: "refresh_token" }, async ({ relatch, hold, letGo }) => {
      const id = await installExpired(relatch, who);
      const held = hold();
      const removal = relatch.upkeep.disconnect(id);
      await held;
      relatch.simulator.clock.advance(2000);
      await again(relatch);
      letGo();
      assert.equal(await removal, "taken_back");
      relatch.simulator.clock.advance(2000);
      await settle(relatch);
      assert.equal(callsOf(relatch, "uninstall"), 0);
      await takeToken(relatch);
      await assertTrue(relatch);
    });
  });
}

Deno.test("a removal that waits for a token is carried out with it when nobody takes it back", async () => {
  for (const who of ["location", "agency", "covered location"] as const) {
    await withHeldAnswers({ grantType: "refresh_token" }, async ({ relatch, hold, letGo }) => {
      const id = await installExpired(relatch, who);
      const held = hold();
      const removal = relatch.upkeep.disconnect(id);
      await held;
      letGo();
      assert.equal(await removal, "removed");
      await settle(relatch);
      await assertTrue(relatch);
    });
  }
});

Deno.test("a removal that is tried again in the background is taken back as well", async () => {
  await withHeldAnswers({ grantType: "refresh_token" }, async ({ relatch, hold, letGo }) => {
    const { database, upkeep, simulator } = relatch;
    const { id } = await install(relatch, LOCATION_ID);
    await settle(relatch);
    takeAway(relatch, ["uninstall"]);
    assert.equal(await upkeep.disconnect(id), "pending");
    bringBack(relatch);
    await passTime(relatch, 3600);
    await expireTokens(database, [id]);
    const held = hold();
    const work = keepUp(relatch);
    await held;
    simulator.clock.advance(2000);
    await install(relatch, LOCATION_ID);
    letGo();
    await work;
    await settle(relatch);
    assert.equal(callsOf(relatch, "uninstall"), 1);
    assert.equal(await stateOf(relatch), "connected location");
    await assertTrue(relatch);
  });
});

Deno.test("who connects again the moment before HighLevel removes the app is told that it is gone, though its answer is lost", async () => {
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    if (request.method !== "DELETE") return await relatch.simulator.app.fetch(request);
    relatch.simulator.clock.advance(2000);
    await install(relatch, LOCATION_ID);
    const response = await relatch.simulator.app.fetch(request);
    await response.body?.cancel();
    return new Response("Bad gateway", { status: 502 });
  };
  await using relatch = await createAgencyRelatch(postgres, { upkeep: { fetch }, settings: WITHOUT_DETAILS });
  // Another install, with which HighLevel accepts the app's credentials.
  await install(relatch, relatch.simulator.settings.locations[1]?.id ?? "");
  relatch.simulator.webhooks.orders.disorder({ loss: 1 });
  relatch.simulator.switches.uninstalledRefresh = "invalid_grant";
  const { id } = await install(relatch, LOCATION_ID);
  await settle(relatch);
  assert.equal(await relatch.upkeep.disconnect(id), "taken_back");
  await settle(relatch);
  assert.ok(await isWiped(relatch, id));
  await assertTrue(relatch);
});

Deno.test("a code that is exchanged while HighLevel removes the app brings nothing that is gone", async () => {
  const options = { grantType: "authorization_code", settings: WITHOUT_DETAILS } as const;
  await withHeldAnswers(options, async ({ relatch, hold, letGo }) => {
    relatch.simulator.webhooks.orders.disorder({ loss: 1 });
    relatch.simulator.switches.uninstalledRefresh = "invalid_grant";
    const { id } = await install(relatch, LOCATION_ID);
    await settle(relatch);
    const held = hold();
    const again = install(relatch, LOCATION_ID);
    await held;
    assert.equal(await relatch.upkeep.disconnect(id), "removed");
    letGo();
    await again;
    await settle(relatch);
    assert.ok(await isWiped(relatch, id));
    await assertTrue(relatch);
  });
});

for (const loss of [0, 1]) {
  Deno.test(`a wish of one agency's person does not remove what another agency installs (webhooks lost: ${loss})`, async () => {
    await using relatch = await createAgencyRelatch(postgres);
    const { simulator } = relatch;
    simulator.webhooks.orders.disorder({ loss });
    addAgency(relatch, { companyId: OTHER_AGENCY, locationIds: [OTHER_LOCATION] });
    await installAgency(relatch);
    await settle(relatch);
    takeAway(relatch, ["uninstall"]);
    assert.equal(await relatch.upkeep.disconnect(await connectionOf(relatch)), "pending");
    bringBack(relatch);
    simulator.uninstall({ locationId: LOCATION_ID });
    const moved = simulator.settings.locations.find(({ id }) => id === LOCATION_ID);
    assert.ok(moved);
    moved.companyId = OTHER_AGENCY;
    await installAgency(relatch, { companyId: OTHER_AGENCY, locationIds: [LOCATION_ID, OTHER_LOCATION] });
    await live(relatch, { seconds: 600, step: 60 });
    assert.equal(callsOf(relatch, "uninstall"), 1);
    assert.ok(isCovered(relatch));
    await takeToken(relatch);
  });
}

Deno.test("a wish for a location with two installs does not remove what its agency brings once more", async () => {
  await using relatch = await createAgencyRelatch(postgres);
  const { simulator } = relatch;
  simulator.switches.companyUninstall = "keeps_direct_installs";
  await install(relatch, LOCATION_ID);
  await installAgency(relatch);
  await settle(relatch);
  const id = await connectionOf(relatch);
  takeAway(relatch, ["uninstall"]);
  assert.equal(await relatch.upkeep.disconnect(id), "pending");
  simulator.uninstall({ companyId: simulator.settings.companies[0]?.id ?? "" });
  await settle(relatch);
  assert.equal(await stateOf(relatch), "degraded location");
  await passTime(relatch, 2);
  bringBack(relatch);
  await installAgency(relatch);
  const calls = callsOf(relatch, "uninstall");
  await live(relatch, { seconds: 600, step: 60 });
  assert.equal(callsOf(relatch, "uninstall"), calls);
  assert.ok(isCovered(relatch));
});

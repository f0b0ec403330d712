/** Exchanges of codes that are under way at the same time as each other, or as an uninstall: what is newer at HighLevel stays. */
import assert from "node:assert/strict";
import { wipeConnection } from "../../../server/connections/wipe_connection.ts";
import { COMPANY_ID, installAgency } from "../../support/agency_stage.ts";
import {
  createAgencyRelatch,
  deliver,
  live,
  locationHistory,
  settle,
  stateOf,
  WITHOUT_DETAILS,
} from "../../support/agency_scenes.ts";
import {
  historyOf,
  install,
  installLocation,
  makeDue,
  passTime,
  storedRefreshToken,
} from "../../support/rotation_stage.ts";
import { testPostgresForFile } from "../../support/test_postgres.ts";
import { connect, LOCATION_ID, type TestRelatch } from "../../support/test_relatch.ts";

Deno.test.sanitizer({ ops: true, resources: true });
const postgres = testPostgresForFile();

interface Held {
  readonly relatch: TestRelatch;
  /** Resolves when the first exchange waits, with its code used up or not sent yet. */
  readonly waiting: Promise<void>;
  readonly release: () => void;
}

/** The first exchange after `others` waits: on its way to HighLevel, or on the way back. */
async function createHeld(
  { held, others = 0, settings = {} }: {
    held: "request" | "answer";
    others?: number;
    settings?: Readonly<Record<string, string>>;
  },
): Promise<Held> {
  const waiting = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  let exchanges = 0;
  async function wait(): Promise<void> {
    waiting.resolve();
    await released.promise;
  }
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    const isExchange = (await request.clone().text()).includes("grant_type=authorization_code");
    const isHeld = isExchange && ++exchanges === others + 1;
    if (isHeld && held === "request") await wait();
    const response = await relatch.simulator.app.fetch(request);
    if (isHeld && held === "answer") await wait();
    return response;
  };
  const relatch = await createAgencyRelatch(postgres, { dependencies: { fetch }, settings });
  return { relatch, waiting: waiting.promise, release: () => released.resolve() };
}

/** Within one second of HighLevel's clock, and in different ones. */
for (const seconds of [0, 3]) {
  for (const secondInstall of ["keeps_older", "ends_older"] as const) {
    Deno.test(`the answer of an exchange that is late leaves the tokens of the one after it (${seconds} s, ${secondInstall})`, async () => {
      const { relatch: opened, waiting, release } = await createHeld({ held: "answer" });
      await using relatch = opened;
      relatch.simulator.switches.secondInstall = secondInstall;
      const first = connect(relatch);
      await waiting;
      if (seconds > 0) await passTime(relatch, seconds);
      const { connection } = await connect(relatch);
      const id = connection.connectionId ?? "";
      const newer = await storedRefreshToken(relatch, id);
      release();
      const late = await first;
      assert.deepEqual([late.connection.state, late.connection.connectionId], ["connected", id]);
      assert.equal(await storedRefreshToken(relatch, id), newer);
      assert.deepEqual(await locationHistory(relatch), ["connected private_flow"]);
      await makeDue(relatch.database, [id]);
      await settle(relatch);
      assert.equal(await stateOf(relatch), "connected location");
    });
  }
}

Deno.test("an exchange that reaches HighLevel last has the newer tokens, although it was begun first", async () => {
  const { relatch: opened, waiting, release } = await createHeld({ held: "request" });
  await using relatch = opened;
  relatch.simulator.switches.secondInstall = "ends_older";
  const first = connect(relatch);
  await waiting;
  const { connection } = await connect(relatch);
  const id = connection.connectionId ?? "";
  const older = await storedRefreshToken(relatch, id);
  await passTime(relatch, 3);
  release();
  await first;
  const stored = await storedRefreshToken(relatch, id) ?? "";
  assert.notEqual(stored, older);
  assert.ok(relatch.simulator.ledger.refreshableNow(stored));
});

Deno.test("the marketplace's page says what was installed, although the answer came late", async () => {
  const { relatch: opened, waiting, release } = await createHeld({ held: "answer" });
  await using relatch = opened;
  const code = relatch.simulator.issueCode({ installer: "agency", locationIds: "all" });
  const page = Promise.resolve(relatch.app.request(`${relatch.config.callbackPath}?code=${code}`));
  await waiting;
  await passTime(relatch, 3);
  const id = await installAgency(relatch);
  const newer = await storedRefreshToken(relatch, id);
  release();
  assert.match(await (await page).text(), /Northlight Agency/);
  assert.equal(await storedRefreshToken(relatch, id), newer);
  assert.deepEqual(await historyOf(relatch.database, id), ["connected marketplace_install"]);
});

Deno.test("an authorisation that was begun after another was stored counts, whatever date HighLevel wrote on that one", async () => {
  await using relatch = await createAgencyRelatch(postgres);
  const { id } = await install(relatch, LOCATION_ID);
  await relatch.database`UPDATE connections SET authorized_at = '2099-01-01T00:00:00Z' WHERE id = ${id}`;
  const older = await storedRefreshToken(relatch, id);
  await install(relatch, LOCATION_ID);
  assert.notEqual(await storedRefreshToken(relatch, id), older);
});

for (const settings of [{}, WITHOUT_DETAILS]) {
  const scopes = settings === WITHOUT_DETAILS ? "without" : "with";
  for (const told of ["locationId", "companyId"] as const) {
    Deno.test(`an exchange whose answer is late does not bring back what was uninstalled meanwhile (${told}, ${scopes} details)`, async () => {
      const { relatch: opened, waiting, release } = await createHeld({ held: "answer", others: 1, settings });
      await using relatch = opened;
      relatch.simulator.webhooks.orders.disorder({ loss: 1 });
      const other = await installLocation(relatch);
      await settle(relatch);
      const first = connect(relatch);
      await waiting;
      await passTime(relatch, 3);
      relatch.simulator.uninstall({ locationId: LOCATION_ID });
      const subject = told === "locationId" ? { locationId: LOCATION_ID } : { companyId: COMPANY_ID };
      const timestamp = new Date(relatch.simulator.clock.now()).toISOString();
      await deliver(relatch, { type: "UNINSTALL", ...subject, timestamp });
      await settle(relatch);
      release();
      await first;
      // HighLevel refuses what was uninstalled as it refuses the app itself: with the other one it is known that it does not.
      await makeDue(relatch.database, [other.id]);
      await live(relatch, { seconds: 120, step: 30 });
      assert.equal(await stateOf(relatch), "not_connected null");
      assert.equal((await locationHistory(relatch)).at(-1)?.split(" ")[0], "disconnected");
    });
  }
}

Deno.test("an exchange whose answer is late is doubted when the install ended meanwhile without a word of HighLevel", async () => {
  const settings = WITHOUT_DETAILS;
  const { relatch: opened, waiting, release } = await createHeld({ held: "answer", others: 2, settings });
  await using relatch = opened;
  relatch.simulator.webhooks.orders.disorder({ loss: 1 });
  const other = await installLocation(relatch);
  const { id: connectionId } = await install(relatch, LOCATION_ID);
  await settle(relatch);
  const again = connect(relatch);
  await waiting;
  relatch.simulator.uninstall({ locationId: LOCATION_ID });
  await relatch.database.begin((tx) =>
    wipeConnection(tx, { connectionId, cause: "uninstalled", actor: "highlevel" })
  );
  release();
  await again;
  await makeDue(relatch.database, [other.id]);
  await live(relatch, { seconds: 120, step: 30 });
  assert.equal(await stateOf(relatch), "not_connected null");
});

Deno.test("an UNINSTALL from before that comes during an exchange costs a renewal, and nothing else", async () => {
  const { relatch: opened, waiting, release } = await createHeld({ held: "answer" });
  await using relatch = opened;
  const first = connect(relatch);
  await waiting;
  const timestamp = new Date(relatch.simulator.clock.now() - 3_600_000).toISOString();
  await deliver(relatch, { type: "UNINSTALL", locationId: LOCATION_ID, timestamp });
  await settle(relatch);
  release();
  assert.equal((await first).connection.state, "connected");
  await settle(relatch);
  assert.equal(await stateOf(relatch), "connected location");
  assert.deepEqual(await locationHistory(relatch), ["connected private_flow", "renewed schedule"]);
});

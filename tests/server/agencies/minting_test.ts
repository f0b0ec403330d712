/** Tokens of an agency's locations: minted when somebody asks, once for all who ask, and again before they end. */
import assert from "node:assert/strict";
import { claimMint } from "../../../server/agencies/mint_lease.ts";
import { readMinted } from "../../../server/agencies/read_minted.ts";
import { refreshAfterSeconds } from "../../../server/connections/due_time.ts";
import { installAgency, keepUp } from "../../support/agency_stage.ts";
import {
  askToken,
  callsOf,
  connectionOf,
  createAgencyRelatch,
  ROTATION_PERIOD_SECONDS,
  settle,
  takeAway,
  takeToken,
} from "../../support/agency_scenes.ts";
import { expireTokens, passTime, refreshCalls } from "../../support/rotation_stage.ts";
import { createSecondUpkeep } from "../../support/second_upkeep.ts";
import { testPostgresForFile } from "../../support/test_postgres.ts";
import { LOCATION_ID, type TestRelatch } from "../../support/test_relatch.ts";

Deno.test.sanitizer({ ops: true, resources: true });
const postgres = testPostgresForFile();

const DAY_SECONDS = 86_400;

async function createInstalled(): Promise<TestRelatch & { readonly agencyId: string }> {
  const relatch = await createAgencyRelatch(postgres);
  relatch.simulator.switches.installWebhook = "never";
  const agencyId = await installAgency(relatch);
  await keepUp(relatch);
  return { ...relatch, agencyId };
}

async function remainingSeconds({ database }: TestRelatch): Promise<number> {
  const [row] = await database<{ seconds: number }[]>`
    SELECT extract(epoch FROM access_token_expires_at - now())::float8 AS seconds FROM coverages
    WHERE access_token IS NOT NULL`;
  return row?.seconds ?? NaN;
}

Deno.test("a location's token is minted when it is asked for, and is that location's", async () => {
  await using relatch = await createInstalled();
  for (const { id } of relatch.simulator.settings.locations) {
    const token = await takeToken(relatch, id);
    assert.equal(relatch.simulator.ledger.resourceOfAccessToken(token), id);
    assert.equal(await takeToken(relatch, id), token);
  }
  assert.equal(callsOf(relatch, "location_token"), 3);
});

for (const mintedStatus of [200, 201] as const) {
  for (const mintedRefreshToken of ["present", "missing"] as const) {
    Deno.test(`a token is minted from an answer of ${mintedStatus} with its refresh token ${mintedRefreshToken}`, async () => {
      await using relatch = await createInstalled();
      Object.assign(relatch.simulator.switches, { mintedStatus, mintedRefreshToken });
      const token = await askToken(relatch);
      assert.ok(token.ok);
      const { locationId, companyId, scopes, expiresAt } = token.value;
      assert.deepEqual([locationId, companyId], [LOCATION_ID, relatch.simulator.settings.companies[0]?.id]);
      assert.deepEqual(scopes, relatch.config.highlevel.scopes);
      assert.ok(Math.abs(expiresAt.getTime() - Date.now() - DAY_SECONDS * 1000) < 30_000);
    });
  }
}

Deno.test("200 callers in two processes cost one mint, and all get its token", async () => {
  await using relatch = await createInstalled();
  await using second = createSecondUpkeep(relatch);
  for (const { id } of relatch.simulator.settings.locations) {
    const connectionId = await connectionOf(relatch, id);
    const before = callsOf(relatch, "location_token");
    const asked = Array.from(
      { length: 200 },
      (_, index) => (index % 2 === 0 ? relatch.upkeep : second).tokens.liveToken(connectionId, 60),
    );
    const tokens = (await Promise.all(asked)).map((token) => token.ok ? token.value.accessToken : "none");
    assert.equal(new Set(tokens).size, 1);
    assert.equal(relatch.simulator.ledger.resourceOfAccessToken(tokens[0] ?? ""), id);
    assert.equal(callsOf(relatch, "location_token"), before + 1);
  }
});

Deno.test("claimMint() lets nobody mint who saw another token than the one that is stored", async () => {
  await using relatch = await createInstalled();
  const { database } = relatch;
  const connectionId = await connectionOf(relatch);
  await takeToken(relatch);
  const before = await readMinted(database, connectionId);
  assert.ok(before !== undefined);
  assert.equal(await claimMint(database, { connectionId, mintedAt: null }), undefined);
  assert.ok(await claimMint(database, { connectionId, mintedAt: before.mintedAt }) !== undefined);
  // Somebody is at it now.
  assert.equal(await claimMint(database, { connectionId, mintedAt: before.mintedAt }), undefined);
});

Deno.test("a stored token is given without a call until its time has come, and then replaced by one more", async () => {
  await using relatch = await createInstalled();
  const first = await takeToken(relatch);
  const due = refreshAfterSeconds(await connectionOf(relatch), DAY_SECONDS);
  assert.ok(due >= DAY_SECONDS * 5 / 6 && due <= DAY_SECONDS * 11 / 12);
  await passTime(relatch, due - 60);
  assert.equal(await takeToken(relatch), first);
  assert.equal(callsOf(relatch, "location_token"), 1);
  await passTime(relatch, 120);
  const next = await takeToken(relatch);
  assert.notEqual(next, first);
  assert.equal(relatch.simulator.ledger.resourceOfAccessToken(next), LOCATION_ID);
  assert.equal(callsOf(relatch, "location_token"), 2);
  assert.ok(await remainingSeconds(relatch) > DAY_SECONDS - 60);
});

Deno.test("a caller who needs a token for longer gets a new one, but not for more than half of its life", async () => {
  await using relatch = await createInstalled();
  const first = await takeToken(relatch);
  await passTime(relatch, 40_000);
  const half = await askToken(relatch, { minTtlSeconds: 43_200 });
  assert.ok(half.ok && half.value.accessToken === first);
  await passTime(relatch, 20_000);
  const longer = await askToken(relatch, { minTtlSeconds: 40_000 });
  assert.ok(longer.ok && longer.value.accessToken !== first);
  assert.equal(callsOf(relatch, "location_token"), 2);
});

Deno.test("nobody mints for a location that nobody uses, however long that is", async () => {
  await using relatch = await createInstalled();
  for (let day = 0; day < 4; day++) {
    await passTime(relatch, ROTATION_PERIOD_SECONDS);
    await settle(relatch);
  }
  assert.equal(callsOf(relatch, "location_token"), 0);
});

Deno.test("an agency's token that has ended is renewed once before its locations' tokens are minted from it", async () => {
  await using relatch = await createInstalled();
  await using second = createSecondUpkeep(relatch);
  await expireTokens(relatch.database, [relatch.agencyId]);
  const connections = await Promise.all(
    relatch.simulator.settings.locations.map(({ id }) => connectionOf(relatch, id)),
  );
  const tokens = await Promise.all(
    [relatch.upkeep, second].flatMap((upkeep) => connections.map((id) => upkeep.tokens.liveToken(id, 60))),
  );
  assert.ok(tokens.every(({ ok }) => ok));
  assert.equal(refreshCalls(relatch), 1);
  assert.equal(callsOf(relatch, "location_token"), 3);
});

Deno.test("refresh tokens that come with minted tokens are neither stored nor presented", async () => {
  await using relatch = await createInstalled();
  const locations = relatch.simulator.settings.locations.map(({ id }) => id);
  for (let day = 0; day < 3; day++) {
    for (const id of locations) await takeToken(relatch, id);
    await passTime(relatch, ROTATION_PERIOD_SECONDS);
    await settle(relatch);
  }
  const { ledger } = relatch.simulator;
  const minted = ledger.families().filter((family) => family.minted);
  assert.equal(minted.length, 9);
  const presented = new Set(ledger.calls().map(({ credential }) => credential));
  assert.deepEqual(minted.filter(({ head }) => presented.has(head)), []);
  // The rows of locations hold no refresh token at all.
  const [row] = await relatch.database<{ stored: number }[]>`
    SELECT count(*)::int AS stored FROM connections WHERE kind = 'location' AND refresh_token IS NOT NULL`;
  assert.equal(row?.stored, 0);
});

Deno.test("a token that still lives is given while HighLevel is away", async () => {
  await using relatch = await createInstalled();
  const token = await takeToken(relatch);
  await passTime(relatch, DAY_SECONDS * 11 / 12);
  takeAway(relatch);
  assert.equal(await takeToken(relatch), token);
});

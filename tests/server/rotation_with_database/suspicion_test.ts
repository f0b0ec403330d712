/** An install that may be gone: its refresh token is presented at once, and what HighLevel says of it decides. */
import assert from "node:assert/strict";
import { suspectUninstall } from "../../../server/connections/suspect_uninstall.ts";
import { DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET } from "../../simulator/default_settings.ts";
import {
  assertNothingLost,
  historyOf,
  installLocations,
  lookOnce,
  passTime,
  refreshCalls,
  type StagedConnection,
  storedRefreshToken,
  viewRow,
} from "../../support/rotation_stage.ts";
import { testPostgresForFile } from "../../support/test_postgres.ts";
import { createTestRelatch, type TestRelatch } from "../../support/test_relatch.ts";
import { createVirtualClock } from "../../support/virtual_clock.ts";

Deno.test.sanitizer({ ops: true, resources: true });
const postgres = testPostgresForFile();

const HALF_DAY_SECONDS = 12 * 3600;

interface Stage {
  readonly relatch: TestRelatch;
  readonly connections: readonly StagedConnection[];
  readonly first: StagedConnection;
  /** What HighLevel answers instead of itself. */
  answerWith(answer: (() => Response) | undefined): void;
  /** Does something at the next step of this name. */
  at(step: string, act: () => Promise<unknown>): void;
  pass(seconds: number, step?: number): Promise<void>;
}

async function withStage(count: number, work: (stage: Stage) => Promise<void>): Promise<void> {
  const clock = createVirtualClock();
  let answer: (() => Response) | undefined;
  const acts = new Map<string, () => Promise<unknown>>();
  await using relatch = await createTestRelatch(postgres, {
    rotation: {
      clock,
      async reach(step) {
        const act = acts.get(step);
        acts.delete(step);
        await act?.();
      },
    },
    dependencies: {
      fetch: async (input, init) => answer?.() ?? await relatch.simulator.app.fetch(new Request(input, init)),
    },
  });
  const connections = await installLocations(relatch, count);
  const [first] = connections;
  assert.ok(first !== undefined);
  await work({
    relatch,
    connections,
    first,
    answerWith: (given) => answer = given,
    at: (step, act) => acts.set(step, act),
    async pass(seconds, step = 5) {
      for (let passed = 0; passed < seconds; passed += step) {
        await passTime(relatch, step);
        clock.advance(step * 1000);
        await lookOnce(relatch);
      }
    },
  });
}

async function suspect({ database }: TestRelatch, connections: readonly StagedConnection[]): Promise<void> {
  for (const { id } of connections) {
    await database.begin(async (tx) => {
      await suspectUninstall(tx, { connectionId: id, cause: "a_hint" });
    });
  }
}

function uninstall({ simulator }: TestRelatch, { locationId }: StagedConnection): void {
  simulator.endInstalls({ resourceId: locationId, reason: "uninstalled" });
}

function setSecret({ simulator }: TestRelatch, clientSecret: string): void {
  simulator.settings.apps[0]?.clientPairs.splice(0, 1, { clientId: DEFAULT_CLIENT_ID, clientSecret });
}

async function isSuspected({ database }: TestRelatch, { id }: StagedConnection): Promise<boolean> {
  const [row] = await database<{ is: boolean }[]>`
    SELECT uninstall_suspected_at IS NOT NULL AS is FROM connections WHERE id = ${id}`;
  return row?.is ?? false;
}

const logged = ({ logLines }: TestRelatch, event: string): number =>
  logLines.filter((line) => line.includes(`"event":"${event}"`)).length;

Deno.test("a suspected install that HighLevel still knows is renewed at once, and suspected no more", async () => {
  await withStage(1, async ({ relatch, first, pass }) => {
    await suspect(relatch, [first]);
    await pass(5);
    assert.equal(refreshCalls(relatch), 1);
    assert.equal(await isSuspected(relatch, first), false);
    assert.deepEqual(await historyOf(relatch.database, first.id), [
      "connected marketplace_install",
      "renewed schedule",
    ]);
    await pass(3600, 60);
    assert.equal(refreshCalls(relatch), 1);
    await assertNothingLost(relatch, [first]);
  });
});

Deno.test("a suspected install whose refresh token is refused is wiped", async () => {
  await withStage(2, async ({ relatch, first, pass }) => {
    relatch.simulator.switches.uninstalledRefresh = "invalid_grant";
    uninstall(relatch, first);
    await suspect(relatch, [first]);
    await pass(5);
    assert.equal(await storedRefreshToken(relatch, first.id), null);
    assert.equal((await historyOf(relatch.database, first.id)).at(-1), "disconnected uninstalled");
  });
});

Deno.test("a suspected install is wiped without another call when its refresh token was refused before", async () => {
  await withStage(2, async ({ relatch, first, pass }) => {
    relatch.simulator.endInstalls({ resourceId: first.locationId, reason: "revoked" });
    await passTime(relatch, 80_000);
    await pass(5);
    assert.equal((await viewRow(relatch.database, first.id)).problemCode, "refresh_token_rejected");
    const calls = refreshCalls(relatch);
    await suspect(relatch, [first]);
    assert.equal(await storedRefreshToken(relatch, first.id), null);
    assert.equal((await historyOf(relatch.database, first.id)).at(-1), "disconnected a_hint");
    assert.equal(refreshCalls(relatch), calls);
  });
});

for (const step of ["claimed", "answered", "storing"] as const) {
  Deno.test(`a suspicion that comes up while a rotation is at "${step}" is not answered by that`, async () => {
    await withStage(1, async ({ relatch, first, at, pass }) => {
      await passTime(relatch, 80_000);
      at(step, () => suspect(relatch, [first]));
      await pass(5);
      await pass(5);
      assert.equal(refreshCalls(relatch), 2);
      assert.equal(await isSuspected(relatch, first), false);
      await assertNothingLost(relatch, [first]);
    });
  });
}

Deno.test("a suspicion lasts while HighLevel does not answer, and while it calls the location inactive", async () => {
  await withStage(1, async ({ relatch, first, answerWith, pass }) => {
    answerWith(() => new Response("Bad Gateway", { status: 502 }));
    await suspect(relatch, [first]);
    await pass(600, 60);
    assert.ok(await isSuspected(relatch, first));
    answerWith(undefined);
    const location = relatch.simulator.settings.locations.find(({ id }) => id === first.locationId);
    assert.ok(location !== undefined);
    location.active = false;
    await pass(3600, 60);
    assert.ok(await isSuspected(relatch, first));
    assert.equal((await viewRow(relatch.database, first.id)).problemCode, "location_inactive");
    location.active = true;
    await pass(3600, 60);
    assert.equal(await isSuspected(relatch, first), false);
    await assertNothingLost(relatch, [first]);
  });
});

Deno.test("suspected installs that HighLevel refuses the credentials for are wiped once others are accepted", async () => {
  await withStage(25, async ({ relatch, connections, pass }) => {
    const [removed, others] = [connections.slice(0, 20), connections.slice(20)];
    for (const one of removed) uninstall(relatch, one);
    await suspect(relatch, removed);
    await pass(120);
    for (const { id } of removed) assert.equal(await storedRefreshToken(relatch, id), null);
    // It cost one early renewal, and nobody was alarmed.
    const renewed = await relatch.database<{ id: string }[]>`SELECT id FROM connections WHERE generation > 1`;
    assert.equal(renewed.filter(({ id }) => others.some((other) => other.id === id)).length, 1);
    assert.equal(logged(relatch, "client_rejected"), 0);
    await assertNothingLost(relatch, others);
  });
});

Deno.test("suspected installs are not wiped while HighLevel refuses the credentials for everybody", async () => {
  await withStage(10, async ({ relatch, connections, pass }) => {
    setSecret(relatch, "00000000-0000-4000-8000-000000000000");
    await suspect(relatch, connections.slice(0, 5));
    await pass(HALF_DAY_SECONDS / 2, 60);
    for (const { id } of connections) assert.notEqual(await storedRefreshToken(relatch, id), null);
    setSecret(relatch, DEFAULT_CLIENT_SECRET);
    await pass(3600, 30);
    for (const one of connections) {
      assert.equal((await viewRow(relatch.database, one.id)).problemCode, null);
      assert.equal(await isSuspected(relatch, one), false);
    }
    await assertNothingLost(relatch, connections);
  });
});

Deno.test("suspected installs are not wiped while HighLevel refuses the refresh tokens of everybody", async () => {
  await withStage(40, async ({ relatch, connections, answerWith, pass }) => {
    await passTime(relatch, 80_000);
    const refusal = { statusCode: 400, message: "Invalid grant: refresh token is invalid" };
    answerWith(() => Response.json(refusal, { status: 400 }));
    await pass(120);
    assert.equal(logged(relatch, "tokens_rejected"), 1);
    const well = await relatch.database<{ id: string }[]>`
      SELECT id FROM connections WHERE problem_code IS NULL`;
    const suspected = connections.filter(({ id }) => well.some((one) => one.id === id)).slice(0, 5);
    assert.equal(suspected.length, 5);
    await suspect(relatch, suspected);
    await pass(300);
    for (const { id } of suspected) assert.notEqual(await storedRefreshToken(relatch, id), null);
    answerWith(undefined);
    await pass(900);
    await assertNothingLost(relatch, connections);
  });
});

Deno.test("the only install, suspected and refused like a wrong secret, is wiped when that lasts for half a day", async () => {
  await withStage(1, async ({ relatch, first, pass }) => {
    uninstall(relatch, first);
    await suspect(relatch, [first]);
    await pass(HALF_DAY_SECONDS - 2 * 3600, 600);
    assert.equal((await viewRow(relatch.database, first.id)).problemCode, "client_rejected");
    await pass(4 * 3600, 600);
    assert.equal(await storedRefreshToken(relatch, first.id), null);
    assert.deepEqual(await historyOf(relatch.database, first.id), [
      "connected marketplace_install",
      "degraded client_rejected",
      "disconnected uninstalled",
    ]);
  });
});

Deno.test("a wrong secret for two days ends no install that is in doubt, as long as there is another", async () => {
  await withStage(3, async ({ relatch, connections, pass }) => {
    setSecret(relatch, "00000000-0000-4000-8000-000000000000");
    await suspect(relatch, connections);
    await pass(2 * 86_400, 1800);
    for (const { id } of connections) assert.ok(await storedRefreshToken(relatch, id) !== null);
  });
});

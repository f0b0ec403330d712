import assert from "node:assert/strict";
import {
  assertNothingLost,
  installLocations,
  lookOnce,
  passTime,
  type StagedConnection,
} from "../../support/rotation_stage.ts";
import { testPostgresForFile } from "../../support/test_postgres.ts";
import { createTestRelatch, type TestRelatch } from "../../support/test_relatch.ts";
import { createVirtualClock, type VirtualClock } from "../../support/virtual_clock.ts";

Deno.test.sanitizer({ ops: true, resources: true });
const postgres = testPostgresForFile();

const COUNT = 60;
const HOUR = 3600;

type Outage = (request: Request) => Response | Promise<Response>;

/** The ways in which HighLevel can be away. None of them says anything about a connection. */
const OUTAGES: Readonly<Record<string, Outage>> = {
  "connections refused": () => {
    throw new TypeError("error sending request: client error (Connect): tcp connect error");
  },
  "connections cut": () => {
    throw new TypeError("error sending request: connection closed before message completed");
  },
  "gateway pages": () => new Response("<html>502 Bad Gateway</html>", { status: 502 }),
  "server errors that quote a refusal": () =>
    Response.json({ statusCode: 500, message: "Invalid grant: refresh token is invalid" }, { status: 500 }),
  "pages in place of answers": () => new Response("<html>We will be back</html>"),
  "too many calls": () => new Response("{}", { status: 429, headers: { "retry-after": "60" } }),
};

interface Stage {
  readonly relatch: TestRelatch;
  readonly connections: readonly StagedConnection[];
  setOutage(outage: Outage | undefined): void;
  /** How many refresh tokens were presented, answered or not. */
  presented(): number;
  pass(seconds: number, stepSeconds: number): Promise<void>;
}

async function withStage(work: (stage: Stage) => Promise<void>): Promise<void> {
  let outage: Outage | undefined;
  const presented = new Set<string>();
  const clock: VirtualClock = createVirtualClock();
  await using relatch = await createTestRelatch(postgres, {
    rotation: { clock },
    dependencies: {
      fetch: async (input, init) => {
        const request = new Request(input, init);
        const refreshToken = (await request.clone().formData()).get("refresh_token");
        if (typeof refreshToken === "string") presented.add(refreshToken);
        if (outage !== undefined) return await outage(request);
        return await relatch.simulator.app.fetch(request);
      },
    },
  });
  const connections = await installLocations(relatch, COUNT);
  await work({
    relatch,
    connections,
    setOutage: (next) => outage = next,
    presented: () => presented.size,
    async pass(seconds, stepSeconds) {
      for (let passed = 0; passed < seconds; passed += stepSeconds) {
        await passTime(relatch, stepSeconds);
        clock.advance(stepSeconds * 1000);
        await lookOnce(relatch);
      }
    },
  });
}

async function statesOf({ database }: TestRelatch): Promise<Record<string, number>> {
  const rows = await database<{ code: string; count: number }[]>`
    SELECT coalesce(problem_code, 'none') AS code, count(*)::int AS count FROM connections GROUP BY 1`;
  return Object.fromEntries(rows.map(({ code, count }) => [code, count]));
}

for (const [title, outage] of Object.entries(OUTAGES)) {
  Deno.test(`a day without HighLevel (${title}) turns no connection red, and all of them recover`, async () => {
    await withStage(async ({ relatch, connections, setOutage, presented, pass }) => {
      await pass(19 * HOUR, HOUR);
      assert.equal(presented(), 0);
      setOutage(outage);
      await pass(24 * HOUR, 120);
      const during = await statesOf(relatch);
      for (const code of Object.keys(during)) {
        assert.ok(["none", "highlevel_unavailable", "rate_limited"].includes(code), JSON.stringify(during));
      }
      // Every access token has ended by now, and the status must say that something is wrong.
      assert.equal(during.none ?? 0, 0, JSON.stringify(during));
      // HighLevel may have used up what was presented, so few connections find out for all of them.
      if (title !== "too many calls") {
        assert.ok(presented() < 10, `${presented()} of ${COUNT} were presented`);
      }

      setOutage(undefined);
      await pass(HOUR, 10);
      assert.deepEqual(await statesOf(relatch), { none: COUNT });
      await assertNothingLost(relatch, connections);
      const [row] = await relatch.database`
        SELECT count(*)::int AS red FROM connection_events WHERE event IN ('reconnect_required', 'paused')`;
      assert.equal(row?.red, 0);
    });
  });
}

Deno.test("a server that was off for a day catches up a bounded number at a time, and is spread out again the next day", async () => {
  await withStage(async ({ relatch, connections, presented, pass }) => {
    await passTime(relatch, 26 * HOUR);
    await relatch.rotation.scheduler.look();
    assert.ok(presented() <= 16);
    await relatch.rotation.scheduler.idle();
    await pass(60, 1);
    assert.equal(presented(), COUNT);
    await assertNothingLost(relatch, connections);
    const [row] = await relatch.database`
      SELECT extract(epoch FROM max(next_refresh_at) - min(next_refresh_at))::float8 AS spread FROM connections`;
    assert.ok(row?.spread > HOUR, "an hour at least of the two that there are");
  });
});

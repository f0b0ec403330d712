import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import * as v from "valibot";
import { AccessTokenResponse } from "#shared/access_token.ts";
import { locationTokenPath } from "#shared/endpoints.ts";
import { createEncryptionKeyText } from "../../../server/crypto/encryption_keys.ts";
import { closeDatabase, connectDatabase } from "../../../server/db/connect_database.ts";
import { DEFAULT_LOCATIONS } from "../../simulator/default_settings.ts";
import { type ServerProcess, startServer } from "../../support/server_process.ts";
import { type SimulatorProcess, startSimulatorProcess } from "../../support/simulator_process.ts";
import { startTestPostgres } from "../../support/test_postgres.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const PROCESSES = 4;
const ROUNDS = 200;
/** In every tenth round a thousand callers ask, in the others a hundred. */
const callersIn = (round: number) => round % 10 === 0 ? 1000 : 100;
const KEY = "an-integration-of-this-test";
const Code = v.object({ code: v.string() });
const LOCATION_ID = DEFAULT_LOCATIONS[0]?.id ?? "";

const Counts = v.object({
  callCounts: v.object({ refresh_token: v.optional(v.record(v.string(), v.number()), {}) }),
});

/** Everything that was ever done with a refresh token at HighLevel, granted or not. */
async function refreshCalls(simulator: SimulatorProcess): Promise<number> {
  const { callCounts } = v.parse(Counts, await simulator.control("ledger/counts"));
  return Object.values(callCounts.refresh_token).reduce((sum, count) => sum + count, 0);
}

Deno.test(`an expired token in ${PROCESSES} server processes costs exactly one POST in each of ${ROUNDS} rounds`, async () => {
  await using postgres = await startTestPostgres();
  const { url, options } = await postgres.createDatabase();
  await using simulator = await startSimulatorProcess([]);
  const dataDirectory = await Deno.makeTempDir();
  const settings = {
    DATABASE_URL: url,
    TOKEN_ENCRYPTION_KEYS: createEncryptionKeyText("k1"),
    API_KEYS: `test:${createHash("sha256").update(KEY).digest("hex")}`,
    DATA_DIR: dataDirectory,
  };
  await using processes = new AsyncDisposableStack();
  const servers: ServerProcess[] = [];
  for (let count = 0; count < PROCESSES; count++) {
    servers.push(processes.use(await startServer({ settings, highlevelUrl: simulator.url })));
  }
  const { code } = v.parse(Code, await simulator.control("codes", { locationIds: [LOCATION_ID] }));
  await (await fetch(`${servers[0]?.url}/oauth/callback?code=${code}`)).body?.cancel();

  const database = connectDatabase(options);
  using client = Deno.createHttpClient({ poolMaxIdlePerHost: 256 });
  const askFor = async (caller: number): Promise<string> => {
    const response = await fetch(servers[caller % PROCESSES]?.url + locationTokenPath(LOCATION_ID), {
      headers: { authorization: `Bearer ${KEY}` },
      client,
    });
    return v.parse(AccessTokenResponse, await response.json()).accessToken;
  };
  let before = await refreshCalls(simulator);
  assert.equal(before, 0);
  let last = "";
  for (let round = 0; round < ROUNDS; round++) {
    await database`UPDATE connections SET access_token_expires_at = now() - interval '1 second'`;
    const callers = Array.from({ length: callersIn(round) }, (_, caller) => askFor(caller));
    const tokens = new Set(await Promise.all(callers));
    assert.equal(tokens.size, 1, `Round ${round} handed out ${tokens.size} tokens`);
    assert.ok(!tokens.has(last), `Round ${round} handed out the token of the round before`);
    const after = await refreshCalls(simulator);
    assert.equal(after - before, 1, `Round ${round} cost ${after - before} POSTs`);
    [last = ""] = tokens;
    before = after;
  }
  await closeDatabase(database);
  await Deno.remove(dataDirectory, { recursive: true });
});

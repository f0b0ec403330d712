/** Many behind one address, as behind a proxy that the settings do not name: what one of them does is not held against the others. */
import assert from "node:assert/strict";
import { CONNECT_PATH, CONNECTIONS_PATH, locationTokenPath } from "#shared/endpoints.ts";
import { createKey } from "../../../server/api_keys/key_text.ts";
import { createOpaqueToken } from "../../../server/crypto/opaque_token.ts";
import { CALLS_PER_MINUTE } from "../../../server/http/rate_limit.ts";
import { makeKey } from "../../support/rotated_relatch.ts";
import { install } from "../../support/rotation_stage.ts";
import { testPostgresForFile } from "../../support/test_postgres.ts";
import { connect, createTestRelatch, LOCATION_ID, type TestRelatch } from "../../support/test_relatch.ts";

Deno.test.sanitizer({ ops: true, resources: true });
const postgres = testPostgresForFile();

const PROXY = { remoteAddr: { transport: "tcp", hostname: "10.9.8.7", port: 4711 } } as const;
const SCANNER = "198.51.100.66";

async function statusOf(
  { app }: TestRelatch,
  path: string,
  { credential, from = SCANNER }: { credential?: string; from?: string | null } = {},
): Promise<number> {
  const response = await app.request(path, {
    headers: {
      ...(from === null ? {} : { "x-forwarded-for": from }),
      ...(credential === undefined ? {} : { authorization: `Bearer ${credential}` }),
    },
  }, PROXY);
  await response.body?.cancel();
  return response.status;
}

/** What a scanner does until its address is refused. */
const SCANS: Readonly<Record<string, (relatch: TestRelatch) => Promise<unknown>>> = {
  "calls without a credential": (relatch) => statusOf(relatch, CONNECT_PATH),
  "tries keys out": (relatch) =>
    statusOf(relatch, locationTokenPath(LOCATION_ID), { credential: createKey().text }),
  "tries session tokens out": (relatch) =>
    statusOf(relatch, CONNECTIONS_PATH, { credential: createOpaqueToken() }),
};

for (const [what, scan] of Object.entries(SCANS)) {
  Deno.test(`an address from which somebody ${what} is limited, and live credentials behind it are not`, async () => {
    await using relatch = await createTestRelatch(postgres);
    await install(relatch, LOCATION_ID);
    const { token } = await connect(relatch);
    const { text: key } = await makeKey(relatch, { kind: "location", id: LOCATION_ID });
    for (let call = 0; call <= CALLS_PER_MINUTE; call++) await scan(relatch);
    const path = locationTokenPath(LOCATION_ID);
    assert.equal(await statusOf(relatch, path, { credential: createKey().text }), 429);
    assert.equal(await statusOf(relatch, CONNECTIONS_PATH, { credential: createOpaqueToken() }), 429);
    assert.equal(await statusOf(relatch, CONNECTIONS_PATH), 429);
    assert.equal(await statusOf(relatch, path, { credential: key, from: "203.0.113.5" }), 200);
    assert.equal(await statusOf(relatch, CONNECTIONS_PATH, { credential: token, from: "203.0.113.6" }), 200);
  });
}

Deno.test("a wrong credential from an address above its limit is told when to come back, and nothing else", async () => {
  await using relatch = await createTestRelatch(postgres);
  for (let call = 0; call <= CALLS_PER_MINUTE; call++) await statusOf(relatch, CONNECT_PATH);
  const response = await relatch.app.request(CONNECTIONS_PATH, {
    headers: { authorization: `Bearer ${createOpaqueToken()}` },
  }, PROXY);
  assert.equal(response.status, 429);
  const seconds = Number(response.headers.get("retry-after"));
  assert.ok(seconds > 0 && seconds <= 60);
  assert.equal((await response.json()).error.code, "rate_limited");
});

function warnings({ logLines }: TestRelatch): string[] {
  return logLines.filter((line) => line.includes('"event":"proxy_not_trusted"'));
}

Deno.test("a proxy that the settings do not name is warned of once, without an address", async () => {
  await using relatch = await createTestRelatch(postgres);
  await statusOf(relatch, CONNECT_PATH, { from: null });
  assert.deepEqual(warnings(relatch), []);
  for (let call = 0; call < 3; call++) await statusOf(relatch, CONNECT_PATH);
  const [warning, ...others] = warnings(relatch);
  assert.deepEqual(others, []);
  assert.match(warning ?? "", /"level":"warn".*"setting":"TRUSTED_PROXIES"/);
  for (const address of [SCANNER, PROXY.remoteAddr.hostname]) {
    assert.ok(!relatch.logLines.join("\n").includes(address));
  }
});

Deno.test("a proxy that the settings name is nothing to warn of", async () => {
  await using relatch = await createTestRelatch(postgres, { settings: { TRUSTED_PROXIES: "10.0.0.0/8" } });
  await statusOf(relatch, CONNECT_PATH);
  assert.deepEqual(warnings(relatch), []);
});

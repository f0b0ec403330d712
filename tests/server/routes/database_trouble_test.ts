import assert from "node:assert/strict";
import { locationStatusPath } from "#shared/endpoints.ts";
import { redirectOf } from "../../support/test_browser.ts";
import { testPostgresForFile } from "../../support/test_postgres.ts";
import {
  chooseLocation,
  connect,
  createAttempt,
  createTestRelatch,
  LOCATION_ID,
  type TestRelatch,
} from "../../support/test_relatch.ts";

// postgres.js keeps timers of the connections that the proxy breaks.
Deno.test.sanitizer({ ops: false, resources: true });

const postgres = testPostgresForFile();

function createProxied(options: Parameters<typeof createTestRelatch>[1] = {}): Promise<TestRelatch> {
  return createTestRelatch(postgres, { ...options, proxied: true });
}

Deno.test("requests are refused soon while the database is away, and answered soon when it is back", async () => {
  await using relatch = await createProxied();
  const { token } = await connect(relatch);
  const status = () =>
    relatch.app.request(locationStatusPath(LOCATION_ID), { headers: { authorization: `Bearer ${token}` } });
  relatch.proxy?.refuse();
  for (let round = 0; round < 4; round++) {
    const asked = performance.now();
    const during = await Promise.all(Array.from({ length: 20 }, status));
    assert.deepEqual(new Set(during.map((response) => response.status)), new Set([503]));
    assert.ok(performance.now() - asked < 4000, "a refusal takes its time");
  }
  relatch.proxy?.resume();
  const back = performance.now();
  while ((await status()).status !== 200) assert.ok(performance.now() - back < 2000, "the server stays down");
  assert.ok(performance.now() - back < 2000, "the first answer takes its time");
});

Deno.test("/readyz says no in a few seconds when the database is silent", async () => {
  await using relatch = await createProxied();
  assert.equal((await relatch.app.request("/readyz")).status, 200);
  relatch.proxy?.silence();
  const started = performance.now();
  const response = await relatch.app.request("/readyz");
  assert.equal(response.status, 503);
  assert.ok(performance.now() - started < 5000);
  relatch.proxy?.resume();
});

Deno.test("a callback during a silence of the database goes back as server_error, and the code is not spent", async () => {
  await using relatch = await createProxied();
  const browser = relatch.createBrowser();
  const callback = await chooseLocation(browser, createAttempt());
  relatch.proxy?.silence();
  const returned = await redirectOf(await browser.open(callback));
  assert.equal(returned.searchParams.get("error"), "server_error");
  assert.equal(relatch.simulator.ledger.calls().length, 0);
  relatch.proxy?.resume();
});

Deno.test("tokens that were paid for with a code are stored when the database comes back in time", async () => {
  const outage: { start: () => void } = { start: () => {} };
  const simulated: { fetch: typeof fetch | undefined } = { fetch: undefined };
  await using relatch = await createProxied({
    dependencies: {
      fetch: async (input, init) => {
        outage.start();
        if (simulated.fetch === undefined) throw new TypeError("no simulator");
        return await simulated.fetch(input, init);
      },
    },
  });
  simulated.fetch = async (input, init) => await relatch.simulator.app.fetch(new Request(input, init));
  let back: ReturnType<typeof setTimeout> | undefined;
  outage.start = () => {
    relatch.proxy?.refuse();
    back = setTimeout(() => relatch.proxy?.resume(), 1500);
  };
  const browser = relatch.createBrowser();
  const returned = await redirectOf(await browser.open(await chooseLocation(browser, createAttempt())));
  clearTimeout(back);
  assert.equal(returned.searchParams.get("error"), null);
  assert.match(returned.searchParams.get("code") ?? "", /^[\w-]{43}$/);
  assert.equal(relatch.simulator.ledger.calls().length, 1);
  const [row] = await relatch.database`SELECT count(*) FROM connections`;
  assert.equal(row?.count, "1");
});

import assert from "node:assert/strict";
import { DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET } from "./default_settings.ts";
import { serveHttp } from "./http_server.ts";
import { createSimulator } from "./simulator.ts";
import { startSimulator } from "./start_simulator.ts";
import { createReceiver } from "./webhook_receiver.ts";

Deno.test.sanitizer({ ops: true, resources: true });

/** Posts to the token endpoint over a socket. */
function post(url: string, fields: Record<string, string>, signal?: AbortSignal): Promise<Response> {
  const client = { client_id: DEFAULT_CLIENT_ID, client_secret: DEFAULT_CLIENT_SECRET };
  const body = new URLSearchParams({ ...client, ...fields });
  return fetch(`${url}/oauth/token`, { method: "POST", body, ...(signal === undefined ? {} : { signal }) });
}

Deno.test("startSimulator() serves on a free port and frees it when closed", async () => {
  const { url, simulator, close } = await startSimulator({ port: 0 });
  const answer = await post(url, { grant_type: "authorization_code", code: simulator.issueCode() });
  assert.equal(answer.status, 200);
  await answer.body?.cancel();
  await close();
  await assert.rejects(fetch(url), TypeError);
});

Deno.test("startSimulator() refuses an address that is not loopback", async () => {
  await assert.rejects(startSimulator({ port: 0, host: "0.0.0.0" }), /not a loopback address/);
});

Deno.test("a lost answer is a network error for a client, and the same token repairs it", async () => {
  const { url, simulator, close } = await startSimulator({ port: 0 });
  try {
    const code = simulator.issueCode();
    const { refresh_token } = await (await post(url, { grant_type: "authorization_code", code })).json();
    const fields = { grant_type: "refresh_token", refresh_token };
    simulator.faults.next({ route: "token", kind: "lost_answer" });
    await assert.rejects(post(url, fields).then((answer) => answer.json()), TypeError);
    assert.deepEqual(simulator.ledger.callCounts().refresh_token, { rotated: 1 });
    const repaired = await (await post(url, fields)).json();
    assert.equal(repaired.refresh_token, simulator.ledger.headOf("ve9EPM428h8vShlRW1KT"));
  } finally {
    await close();
  }
});

Deno.test("an answer too slow for the client's patience counts as not delivered", async () => {
  const { url, simulator, close } = await startSimulator({ port: 0 });
  try {
    const code = simulator.issueCode();
    const { refresh_token } = await (await post(url, { grant_type: "authorization_code", code })).json();
    simulator.faults.next({ route: "token", kind: "slow", delayMs: 3_600_000 });
    const patience = new AbortController();
    const answer = post(url, { grant_type: "refresh_token", refresh_token }, patience.signal);
    while (simulator.faults.held() === 0) await fetch(`${url}/_simulator/faults`).then((held) => held.text());
    patience.abort();
    await assert.rejects(answer);
    while (simulator.faults.held() > 0) await fetch(`${url}/_simulator/faults`).then((held) => held.text());
    simulator.clock.advance(31_000);
    assert.equal(simulator.ledger.lostRotations().length, 1);
  } finally {
    await close();
  }
});

Deno.test("startSimulator() sends webhooks as they fall due, retries included", async () => {
  const receiver = createReceiver();
  const arrived = Promise.withResolvers<void>();
  receiver.statuses.push(500);
  const endpoint = await serveHttp(async (request) => {
    const response = await receiver.fetch(request);
    if (receiver.received.length === 2) arrived.resolve();
    return response;
  }, { port: 0, host: "127.0.0.1" });
  const { url, simulator, close } = await startSimulator({ port: 0 });
  try {
    const body = JSON.stringify({ url: `http://127.0.0.1:${endpoint.port}/webhooks` });
    await (await fetch(`${url}/_simulator/webhooks/url`, { method: "POST", body })).body?.cancel();
    simulator.issueCode();
    while (simulator.webhooks.deliveries()[0]?.attempts.length !== 1) {
      await (await fetch(`${url}/_simulator/clock`)).body?.cancel();
    }
    simulator.clock.advance(10_000);
    await arrived.promise;
    assert.equal(receiver.received[0]?.text, receiver.received[1]?.text);
  } finally {
    await close();
    await endpoint.close();
  }
});

Deno.test("a webhook to an address where nobody listens counts as an attempt without an answer", async () => {
  const closed = await serveHttp(() => new Response(), { port: 0, host: "127.0.0.1" });
  await closed.close();
  const simulator = createSimulator();
  const [app] = simulator.settings.apps;
  assert.ok(app);
  app.webhookUrl = `http://127.0.0.1:${closed.port}/webhooks`;
  simulator.issueCode();
  assert.equal(await simulator.webhooks.pump(), 1);
  assert.deepEqual(simulator.webhooks.deliveries()[0]?.attempts.map(({ status }) => status), [null]);
});

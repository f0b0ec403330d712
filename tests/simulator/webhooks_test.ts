import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { verify } from "node:crypto";
import { FIRST, SECOND } from "./api_client.ts";
import { createStillSimulator } from "./token_client.ts";
import type { ReceivedWebhook } from "./webhook_receiver.ts";
import { createReceiver, deliveringTo } from "./webhook_receiver.ts";
import type { WebhookOrder } from "./webhook_orders.ts";
import { LEGACY_SIGNATURE_HEADER, SIGNATURE_HEADER, type WebhookSignature } from "./webhook_signature.ts";

Deno.test.sanitizer({ ops: true, resources: true });

function stage(seed = 1) {
  const receiver = createReceiver();
  const simulator = createStillSimulator({ ...deliveringTo(receiver), seed });
  /** Queues an INSTALL of each location. */
  const installIn = (...locationIds: string[]) => {
    for (const id of locationIds) simulator.issueCode({ locationIds: [id] });
  };
  return { receiver, simulator, webhooks: simulator.webhooks, installIn };
}

function isSigned({ headers, text }: ReceivedWebhook, header: string, publicKey: string): boolean {
  const signature = Buffer.from(headers.get(header) ?? "", "base64");
  const algorithm = header === SIGNATURE_HEADER ? null : "sha256";
  return signature.length > 0 && verify(algorithm, Buffer.from(text), publicKey, signature);
}

Deno.test("webhooks are signed over their raw bytes with the simulator's own Ed25519 key", async () => {
  const { receiver, webhooks, installIn } = stage();
  installIn(FIRST);
  await webhooks.pump();
  const [webhook] = receiver.received;
  assert.ok(webhook);
  assert.equal(isSigned(webhook, SIGNATURE_HEADER, webhooks.signer.publicKey), true);
  assert.equal(webhook.headers.get(LEGACY_SIGNATURE_HEADER), null);
  assert.equal(webhook.headers.get("Content-Type"), "application/json");
});

Deno.test("webhooks can carry every other form of signature", async () => {
  const { receiver, simulator, webhooks, installIn } = stage();
  const forms: [WebhookSignature, { current: boolean; legacy: boolean }][] = [
    ["both", { current: true, legacy: true }],
    ["legacy_only", { current: false, legacy: true }],
    ["not_available", { current: false, legacy: false }],
    ["missing", { current: false, legacy: false }],
    ["wrong", { current: false, legacy: false }],
    ["wrong_key", { current: false, legacy: false }],
  ];
  for (const [signature, expected] of forms) {
    simulator.switches.webhookSignature = signature;
    installIn(FIRST);
    await webhooks.pump();
    const webhook = receiver.received.at(-1) ?? assert.fail("nothing came");
    const current = isSigned(webhook, SIGNATURE_HEADER, webhooks.signer.publicKey);
    const legacy = isSigned(webhook, LEGACY_SIGNATURE_HEADER, webhooks.signer.legacyPublicKey());
    assert.deepEqual({ current, legacy }, expected, signature);
  }
  const headers = receiver.received.map(({ headers }) => headers.get(SIGNATURE_HEADER));
  assert.deepEqual([headers[2], headers[3]], ["N/A", null]);
});

Deno.test("a refused webhook is sent again with the same id and timestamp until a 2xx comes", async () => {
  const { receiver, simulator, webhooks, installIn } = stage();
  receiver.statuses.push(500, null, 302, 429, 204);
  installIn(FIRST);
  const delays: number[] = [];
  for (let due = webhooks.nextDueAt(); due !== null; due = webhooks.nextDueAt()) {
    delays.push(due - simulator.clock.now());
    simulator.clock.advance(due - simulator.clock.now());
    await webhooks.pump();
  }
  assert.equal(new Set(receiver.received.map(({ text }) => text)).size, 1);
  const [delivery] = webhooks.deliveries();
  assert.equal(delivery?.state, "delivered");
  assert.deepEqual(delivery?.attempts.map(({ status }) => status), [500, null, 302, 429, 204]);
  for (const [retry, step] of [10_000, 20_000, 40_000, 80_000].entries()) {
    const delay = delays[retry + 1] ?? 0;
    assert.ok(delay >= step / 2 && delay <= step, `${delay} for ${step}`);
  }
});

Deno.test("a webhook is given up after twelve retries, by the older rule after one failure", async () => {
  for (const [webhookRetries, attempts] of [["documented", 13], ["older", 1]] as const) {
    const { receiver, simulator, webhooks, installIn } = stage();
    simulator.switches.webhookRetries = webhookRetries;
    receiver.statuses.push(...Array.from({ length: 20 }, () => 503));
    installIn(FIRST);
    for (let due = webhooks.nextDueAt(); due !== null; due = webhooks.nextDueAt()) {
      simulator.clock.advance(due - simulator.clock.now());
      await webhooks.pump();
    }
    assert.equal(receiver.received.length, attempts);
    assert.equal(webhooks.deliveries()[0]?.state, "given_up");
  }
});

Deno.test("the same seed gives the same back-off, another seed another", async () => {
  const delayFor = async (seed: number): Promise<number | null> => {
    const { receiver, webhooks, installIn } = stage(seed);
    receiver.statuses.push(500);
    installIn(FIRST);
    await webhooks.pump();
    return webhooks.nextDueAt();
  };
  assert.equal(await delayFor(7), await delayFor(7));
  assert.notEqual(await delayFor(7), await delayFor(8));
});

const ORDERS: { order: WebhookOrder; arrives: string[] }[] = [
  { order: { kind: "lose", resourceId: SECOND }, arrives: [FIRST, FIRST] },
  { order: { kind: "duplicate", copies: 2 }, arrives: [FIRST, FIRST, FIRST, SECOND, FIRST] },
  { order: { kind: "delay", delayMs: 1000 }, arrives: [SECOND, FIRST, FIRST] },
  { order: { kind: "reorder" }, arrives: [SECOND, FIRST, FIRST] },
  { order: { kind: "lose", type: "UNINSTALL" }, arrives: [FIRST, SECOND, FIRST] },
];

for (const { order, arrives } of ORDERS) {
  Deno.test(`order ${JSON.stringify(order)} strikes the webhook that it fits`, async () => {
    const { receiver, simulator, webhooks, installIn } = stage();
    webhooks.orders.next(order);
    installIn(FIRST, SECOND);
    await webhooks.pump();
    simulator.clock.advance(1000);
    await webhooks.pump();
    installIn(FIRST);
    await webhooks.pump();
    assert.deepEqual(receiver.received.map(({ body }) => body["locationId"]), arrives);
    assert.equal(webhooks.orders.pending().length, order.type === "UNINSTALL" ? 1 : 0);
  });
}

Deno.test("a reordered webhook that nothing follows comes a minute late, a copy keeps its id", async () => {
  const { receiver, simulator, webhooks, installIn } = stage();
  webhooks.orders.next({ kind: "reorder", behind: 3 });
  webhooks.orders.next({ kind: "duplicate" });
  installIn(FIRST);
  assert.equal(await webhooks.pump(), 0);
  simulator.clock.advance(60_000);
  assert.equal(await webhooks.pump(), 1);
  installIn(SECOND);
  await webhooks.pump();
  const [, original, copy] = receiver.received;
  assert.deepEqual(copy?.body, original?.body);
});

Deno.test("disorder by chance loses, doubles and delays, the same for the same seed", async () => {
  const run = async (seed: number): Promise<number[]> => {
    const { receiver, simulator, webhooks, installIn } = stage(seed);
    webhooks.orders.disorder({ loss: 0.3, duplication: 0.3, delay: 0.5 });
    for (let count = 0; count < 50; count += 1) installIn(FIRST, SECOND);
    const first = await webhooks.pump();
    simulator.clock.advance(120_000);
    await webhooks.pump();
    const lost = webhooks.deliveries().filter(({ state }) => state === "lost").length;
    return [first, receiver.received.length, lost];
  };
  const [first = 0, all = 0, lost = 0] = await run(3);
  assert.ok(first < all && lost > 15 && lost < 45 && all > 100 - lost, `${first} ${all} ${lost}`);
  assert.deepEqual(await run(3), [first, all, lost]);
});

Deno.test("a resend brings the original payload once more, a lost one too", async () => {
  const { receiver, webhooks, installIn } = stage();
  webhooks.orders.next({ kind: "lose" });
  installIn(FIRST);
  await webhooks.pump();
  assert.equal(receiver.received.length, 0);
  const { webhookId = "" } = webhooks.deliveries()[0] ?? {};
  webhooks.resend(webhookId);
  await webhooks.pump();
  assert.equal(receiver.received[0]?.body.webhookId, webhookId);
  assert.throws(() => webhooks.resend("unknown"), /unknown id/);
});

Deno.test("an order can sign one webhook another way", async () => {
  const { receiver, webhooks, installIn } = stage();
  webhooks.orders.next({ kind: "sign", signature: "not_available" });
  installIn(FIRST, SECOND);
  await webhooks.pump();
  const [odd, usual] = receiver.received;
  assert.equal(odd?.headers.get(SIGNATURE_HEADER), "N/A");
  assert.ok(usual !== undefined && isSigned(usual, SIGNATURE_HEADER, webhooks.signer.publicKey));
});

Deno.test("a webhook whose answer does not come in time has failed, and a signal breaks it off at once", async () => {
  const hung = (): Promise<Response> => new Promise(() => {});
  const { settings } = deliveringTo(createReceiver());
  const simulator = createStillSimulator({ settings: settings ?? {}, fetch: hung });
  simulator.issueCode();
  simulator.switches.webhookTimeoutSeconds = 1;
  assert.equal(await simulator.webhooks.pump(), 1);
  simulator.clock.advance(10_000);
  const broken = new AbortController();
  simulator.switches.webhookTimeoutSeconds = 3600;
  const pumped = simulator.webhooks.pump({ signal: broken.signal });
  broken.abort();
  assert.equal(await pumped, 1);
  const [delivery] = simulator.webhooks.deliveries();
  assert.deepEqual(delivery?.attempts.map(({ status }) => status), [null, null]);
  assert.equal(delivery?.state, "waiting");
});

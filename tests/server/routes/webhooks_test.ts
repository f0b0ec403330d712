import assert from "node:assert/strict";
import { WEBHOOKS_PATH } from "#shared/endpoints.ts";
import { CALLS_PER_MINUTE } from "../../../server/http/rate_limit.ts";
import { DEFAULT_CLIENT_ID, DEFAULT_COMPANIES } from "../../simulator/default_settings.ts";
import { createWebhookSigner, type WebhookSignature } from "../../simulator/webhook_signature.ts";
import { testPostgresForFile } from "../../support/test_postgres.ts";
import { createTestRelatch, LOCATION_ID, type TestRelatch } from "../../support/test_relatch.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const postgres = testPostgresForFile();

const APP_ID = DEFAULT_CLIENT_ID.replace(/-.*/, "");
const COMPANY_ID = DEFAULT_COMPANIES[0]?.id ?? "";
const AT = "2026-01-15T09:00:00.000Z";

function createInstall(changes: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({
    type: "INSTALL",
    appId: APP_ID,
    locationId: LOCATION_ID,
    companyId: COMPANY_ID,
    companyName: "Northlight Agency",
    timestamp: AT,
    webhookId: crypto.randomUUID(),
    ...changes,
  });
}

async function post(
  { app }: TestRelatch,
  { body, headers }: { body: BodyInit; headers: Readonly<Record<string, string>> },
): Promise<Response> {
  return await app.request(WEBHOOKS_PATH, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body,
  });
}

/** `POST /webhooks` as HighLevel sends it. */
async function deliver(
  relatch: TestRelatch,
  body: string,
  signature: WebhookSignature = "ed25519",
): Promise<Response> {
  return await post(relatch, {
    body,
    headers: relatch.simulator.webhooks.signer.headersFor(body, signature),
  });
}

async function inboxOf({ database }: TestRelatch): Promise<{ id: string; event: unknown }[]> {
  const rows = await database<{ id: string; event: string }[]>`
    SELECT webhook_id AS id, event FROM webhook_inbox ORDER BY received_at`;
  return rows.map(({ id, event }) => ({ id, event: JSON.parse(event) }));
}

function linesOf({ logLines }: TestRelatch, event: string) {
  return logLines.map((line) => JSON.parse(line)).filter((line) => line.event === event);
}

Deno.test("POST /webhooks stores what HighLevel signed, wakes the worker and answers 200", async () => {
  let woken = 0;
  await using relatch = await createTestRelatch(postgres, {
    dependencies: { webhookStored: () => woken += 1 },
  });
  const response = await deliver(relatch, createInstall({ webhookId: "first" }));
  assert.equal(response.status, 200);
  assert.deepEqual(await response.json(), { received: true });
  assert.equal(response.headers.get("cache-control"), "no-store");
  assert.equal(response.headers.get("x-content-type-options"), "nosniff");
  assert.deepEqual(await inboxOf(relatch), [{
    id: "first",
    event: {
      type: "INSTALL",
      companyId: COMPANY_ID,
      locationId: LOCATION_ID,
      companyName: "Northlight Agency",
      whitelabelDomain: null,
      tellsWhitelabel: false,
      at: AT,
    },
  }]);
  assert.equal(woken, 1);
  const [line, ...others] = linesOf(relatch, "webhook_received");
  assert.deepEqual([line.webhook_id, line.type, line.outcome], ["first", "INSTALL", "stored"]);
  assert.equal(line.request_id, response.headers.get("x-request-id"));
  assert.deepEqual(others, []);
});

Deno.test("POST /webhooks answers 401 to what HighLevel did not sign, and nothing happens", async () => {
  let woken = 0;
  await using relatch = await createTestRelatch(postgres, {
    dependencies: { webhookStored: () => woken += 1 },
  });
  const body = createInstall();
  const { signer } = relatch.simulator.webhooks;
  const signed = signer.headersFor(body, "ed25519");
  const refused: [string, Promise<Response>][] = [
    ...(["missing", "not_available", "legacy_only", "wrong", "wrong_key"] as const).map((
      signature,
    ): [string, Promise<Response>] => [signature, deliver(relatch, body, signature)]),
    [
      "another byte",
      post(relatch, { body: body.replace(LOCATION_ID, "Ve9EPM428h8vShlRW1KT"), headers: signed }),
    ],
    ["one more byte", post(relatch, { body: `${body}\n`, headers: signed })],
    ["the same JSON in other words", post(relatch, { body: body.replace(",", ", "), headers: signed })],
    ["no body", post(relatch, { body: "", headers: signed })],
    ["not JSON", post(relatch, { body: "{", headers: {} })],
  ];
  for (const [what, answer] of refused) {
    const response = await answer;
    assert.equal(response.status, 401, what);
    assert.equal((await response.json()).error.code, "invalid_signature", what);
  }
  assert.deepEqual(await inboxOf(relatch), []);
  assert.equal(woken, 0);
  assert.deepEqual(new Set(relatch.logLines.map((line) => JSON.parse(line).event)), new Set(["request"]));
  assert.equal((await deliver(relatch, body, "both")).status, 200);
});

Deno.test("POST /webhooks takes the signature of any configured key, and no longer of one that was removed", async () => {
  const [old, current] = [createWebhookSigner(), createWebhookSigner()];
  await using relatch = await createTestRelatch(postgres, {
    settings: { HIGHLEVEL_WEBHOOK_PUBLIC_KEYS: `${old.publicKey},${current.publicKey}` },
  });
  const body = createInstall();
  for (const signer of [old, current]) {
    const headers = signer.headersFor(body, "ed25519");
    assert.equal((await post(relatch, { body, headers })).status, 200);
  }
  assert.equal((await deliver(relatch, body)).status, 401);
});

Deno.test("POST /webhooks accepts and ignores other apps, other events and what nobody can act on", async () => {
  let woken = 0;
  await using relatch = await createTestRelatch(postgres, {
    dependencies: { webhookStored: () => woken += 1 },
  });
  const cases: [string, string, string | null][] = [
    [createInstall({ appId: "0123456789abcdef01234567" }), "other_app", "INSTALL"],
    [createInstall({ type: "PLAN_CHANGE" }), "other_type", "PLAN_CHANGE"],
    [createInstall({ type: "a forged\nline" }), "other_type", null],
    [createInstall({ locationId: "no id" }), "unusable", "INSTALL"],
    [createInstall({ appId: undefined }), "unusable", "INSTALL"],
    ["[]", "unusable", null],
    ["{", "unusable", null],
    ["", "unusable", null],
  ];
  for (const [body] of cases) {
    const response = await deliver(relatch, body);
    assert.equal(response.status, 200, body);
    assert.deepEqual(await response.json(), { received: true });
  }
  assert.deepEqual(
    linesOf(relatch, "webhook_ignored").map(({ why, type }) => [why, type]),
    cases.map(([, why, type]) => [why, type]),
  );
  assert.deepEqual(await inboxOf(relatch), []);
  assert.equal(woken, 0);
});

Deno.test("a webhook that comes twenty times at once is stored once", async () => {
  let woken = 0;
  await using relatch = await createTestRelatch(postgres, {
    dependencies: { webhookStored: () => woken += 1 },
  });
  const body = createInstall();
  const responses = await Promise.all(Array.from({ length: 20 }, () => deliver(relatch, body)));
  assert.deepEqual(responses.map(({ status }) => status), Array.from({ length: 20 }, () => 200));
  assert.equal((await inboxOf(relatch)).length, 1);
  const outcomes = linesOf(relatch, "webhook_received").map(({ outcome }) => outcome).toSorted();
  assert.deepEqual(outcomes, [...Array.from({ length: 19 }, () => "repeated"), "stored"]);
  // A repetition may be that of a webhook whose first wake-up was lost.
  assert.equal(woken, 20);
});

Deno.test("a repeated webhookId changes nothing, whatever its body says the second time, done or not", async () => {
  await using relatch = await createTestRelatch(postgres);
  await deliver(relatch, createInstall({ webhookId: "one" }));
  const before = await inboxOf(relatch);
  await deliver(relatch, createInstall({ webhookId: "one", type: "UNINSTALL" }));
  assert.deepEqual(await inboxOf(relatch), before);
  await relatch.database`UPDATE webhook_inbox SET event = NULL, due_at = NULL, done_at = now()`;
  assert.equal((await deliver(relatch, createInstall({ webhookId: "one" }))).status, 200);
  const [row] = await relatch.database`SELECT event, due_at FROM webhook_inbox`;
  assert.deepEqual({ ...row }, { event: null, due_at: null });
});

Deno.test("a retry of a webhook from long ago is taken", async () => {
  await using relatch = await createTestRelatch(postgres);
  await deliver(relatch, createInstall({ timestamp: "2020-02-29T12:00:00.000Z" }));
  const [{ event } = { event: undefined }] = await inboxOf(relatch);
  assert.equal(Object(event).at, "2020-02-29T12:00:00.000Z");
});

Deno.test("webhooks without an id are told apart by their bytes", async () => {
  await using relatch = await createTestRelatch(postgres);
  const body = createInstall({ webhookId: undefined });
  for (const sent of [body, body, createInstall({ webhookId: undefined, timestamp: undefined })]) {
    assert.equal((await deliver(relatch, sent)).status, 200);
  }
  const ids = (await inboxOf(relatch)).map(({ id }) => id);
  assert.equal(ids.length, 2);
  for (const id of ids) assert.match(id, /^sha256:[0-9a-f]{64}$/);
});

Deno.test("every webhook that the simulator sends of an install is stored or ignored for its type", async () => {
  await using relatch = await createTestRelatch(postgres);
  const { simulator } = relatch;
  const [app] = simulator.settings.apps;
  assert.ok(app !== undefined);
  app.webhookUrl = `${relatch.config.publicUrl}${WEBHOOKS_PATH}`;
  app.versionIds.push("newVersion");
  simulator.issueCode();
  simulator.updateVersion({ locationId: LOCATION_ID }, "newVersion");
  simulator.changePlan({ locationId: LOCATION_ID }, "planTwo");
  simulator.uninstall({ locationId: LOCATION_ID });
  for (const { body } of simulator.webhooks.deliveries()) {
    assert.equal((await deliver(relatch, body)).status, 200);
  }
  const types = (event: string) => linesOf(relatch, event).map(({ type }) => type);
  assert.deepEqual(types("webhook_received"), ["INSTALL", "UPDATE", "UNINSTALL"]);
  assert.deepEqual(types("webhook_ignored"), ["PLAN_CHANGE"]);
});

Deno.test("POST /webhooks reads 64 KiB and no more, and calls a body that is cut off what it is", async () => {
  await using relatch = await createTestRelatch(postgres);
  const frame = createInstall({ padding: "" }).length;
  const largest = createInstall({ padding: "x".repeat(65_536 - frame) });
  assert.equal((await deliver(relatch, largest)).status, 200);
  const larger = createInstall({ padding: "x".repeat(65_537 - frame) });
  const { headersFor } = relatch.simulator.webhooks.signer;
  const lengthTold = { ...headersFor(larger, "ed25519"), "content-length": String(larger.length) };
  for (const response of [deliver(relatch, larger), post(relatch, { body: larger, headers: lengthTold })]) {
    const { status } = await response;
    assert.equal(status, 413);
    assert.equal((await (await response).json()).error.code, "payload_too_large");
  }
  const cutOff = () =>
    new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull(controller) {
        controller.error(new TypeError("The sender left"));
      },
    });
  for (const headers of [{}, { "content-length": "100" }]) {
    const response = await post(relatch, { body: cutOff(), headers });
    assert.deepEqual([response.status, (await response.json()).error.code], [400, "invalid_request"]);
  }
  assert.equal((await inboxOf(relatch)).length, 1);
});

Deno.test("a burst from one address is not limited, and no page may read the answers", async () => {
  await using relatch = await createTestRelatch(postgres);
  const body = createInstall();
  for (let call = 0; call <= CALLS_PER_MINUTE; call++) {
    assert.equal((await deliver(relatch, body, "missing")).status, 401);
  }
  const headers = {
    ...relatch.simulator.webhooks.signer.headersFor(body, "ed25519"),
    origin: "chrome-extension://abjgbklcclkfdcbkagobdibiopblnnhh",
  };
  const response = await post(relatch, { body, headers });
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("access-control-allow-origin"), null);
  assert.equal((await relatch.app.request(WEBHOOKS_PATH)).status, 404);
});

Deno.test("no content of a body reaches the log, whatever becomes of it", async () => {
  await using relatch = await createTestRelatch(postgres);
  const marked = { companyName: "marker-name", email: "marker-email@example.com", userId: "marker-user" };
  const bodies = [
    createInstall(marked),
    createInstall({ ...marked, type: "UNINSTALL" }),
    createInstall({ ...marked, appId: "marker-app" }),
    createInstall({ ...marked, type: "marker-type that is none" }),
    createInstall({ ...marked, locationId: "marker id" }),
    createInstall({ ...marked, webhookId: "marker\nid" }),
    '{"marker": ',
  ];
  for (const body of bodies) {
    await deliver(relatch, body);
    await deliver(relatch, body, "wrong");
  }
  await relatch.database`ALTER TABLE webhook_inbox RENAME TO webhook_outbox`;
  assert.equal((await deliver(relatch, createInstall(marked))).status, 500);
  const log = relatch.logLines.join("\n");
  assert.match(log, /webhook_received/);
  assert.match(log, /request_failed/);
  for (const secret of ["marker", LOCATION_ID, COMPANY_ID, "Northlight"]) {
    assert.ok(!log.includes(secret), `"${secret}" is in the log`);
  }
});

for (const trouble of ["refuse", "silence"] as const) {
  Deno.test({
    name:
      `while the database is away (${trouble}), HighLevel is told in time to send again, and nothing is lost`,
    // postgres.js keeps timers of the connections that the proxy breaks.
    sanitizeOps: false,
    async fn() {
      let woken = 0;
      await using relatch = await createTestRelatch(postgres, {
        proxied: true,
        dependencies: { webhookStored: () => woken += 1 },
      });
      const bodies = Array.from({ length: 30 }, () => createInstall());
      // The pool has connections already: a new one would be given up by itself.
      assert.equal((await deliver(relatch, createInstall())).status, 200);
      relatch.proxy?.[trouble]();
      const started = performance.now();
      const during = await Promise.all(bodies.map((body) => deliver(relatch, body)));
      assert.ok(performance.now() - started < 5000, "the answers take their time");
      for (const response of during) {
        assert.equal(response.status, 503);
        assert.match(response.headers.get("retry-after") ?? "", /^\d+$/);
        assert.equal((await response.json()).error.code, "unavailable");
      }
      assert.equal(woken, 1);
      relatch.proxy?.resume();
      for (const body of bodies) {
        const sentAgain = performance.now();
        while ((await deliver(relatch, body)).status !== 200) {
          assert.ok(performance.now() - sentAgain < 5000, "the server stays down");
        }
      }
      assert.equal((await inboxOf(relatch)).length, 31);
    },
  });
}

import assert from "node:assert/strict";
import { closeDatabase, connectDatabase, type Database } from "../../../server/db/connect_database.ts";
import { migrate } from "../../../server/db/migrate.ts";
import type { WebhookEvent } from "../../../server/webhooks/parse_event.ts";
import {
  claimWebhooks,
  finishWebhook,
  LEASE_SECONDS,
  postponeWebhook,
  pruneWebhooks,
  storeWebhook,
} from "../../../server/webhooks/webhook_inbox.ts";
import { testPostgresForFile } from "../../support/test_postgres.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const postgres = testPostgresForFile();

const EVENT: WebhookEvent = {
  type: "UNINSTALL",
  companyId: null,
  locationId: "ve9EPM428h8vShlRW1KT",
  at: "2026-01-15T09:00:00.000Z",
};

async function createInbox(): Promise<AsyncDisposable & { readonly db: Database }> {
  const testDatabase = await postgres.createDatabase();
  const db = connectDatabase(testDatabase.options);
  await migrate(db);
  return {
    db,
    async [Symbol.asyncDispose]() {
      await closeDatabase(db);
      await testDatabase.drop();
    },
  };
}

/** Stores them so that the first has waited longest. */
async function storeAll(db: Database, ids: readonly string[]): Promise<void> {
  for (const [index, webhookId] of ids.entries()) {
    assert.equal(await storeWebhook(db, { webhookId, event: EVENT }), "stored");
    await letPass(db, { webhookId, seconds: ids.length - index });
  }
}

/** Makes what is stored older. */
async function letPass(
  db: Database,
  { webhookId, seconds }: { webhookId: string; seconds: number },
): Promise<void> {
  const age = db`make_interval(secs => ${seconds})`;
  await db`
    UPDATE webhook_inbox SET received_at = received_at - ${age}, due_at = due_at - ${age},
      done_at = done_at - ${age}
    WHERE webhook_id = ${webhookId}`;
}

async function claimIds(db: Database, limit = 10): Promise<string[]> {
  return (await claimWebhooks(db, limit)).map(({ webhookId }) => webhookId);
}

async function claimOne(db: Database) {
  const [webhook] = await claimWebhooks(db, 1);
  assert.ok(webhook !== undefined);
  return webhook;
}

async function idsOf(db: Database): Promise<string[]> {
  const rows = await db<{ id: string }[]>`SELECT webhook_id AS id FROM webhook_inbox ORDER BY webhook_id`;
  return rows.map(({ id }) => id);
}

/** Seconds from now, by the database. */
async function dueIn(db: Database, webhookId: string): Promise<number> {
  const [row] = await db<{ seconds: number }[]>`
    SELECT extract(epoch FROM due_at - now())::float8 AS seconds FROM webhook_inbox
    WHERE webhook_id = ${webhookId}`;
  return row?.seconds ?? NaN;
}

Deno.test("claimWebhooks() gives what is due, the longest waiting first, to one claimant at a time", async () => {
  await using inbox = await createInbox();
  const { db } = inbox;
  await storeAll(db, ["a", "b", "c", "d"]);
  const before = await claimWebhooks(db, 2);
  assert.deepEqual(before.map(({ webhookId, event, attempts }) => ({ webhookId, event, attempts })), [
    { webhookId: "a", event: EVENT, attempts: 1 },
    { webhookId: "b", event: EVENT, attempts: 1 },
  ]);
  assert.ok((before[0]?.receivedAt ?? 0) < (before[1]?.receivedAt ?? 0));
  assert.deepEqual(await claimIds(db), ["c", "d"]);
  assert.deepEqual(await claimIds(db), []);
});

Deno.test("claimWebhooks() of many claimants at once gives every webhook to exactly one", async () => {
  await using inbox = await createInbox();
  const { db } = inbox;
  const ids = Array.from({ length: 40 }, (_, index) => `webhook-${String(index).padStart(2, "0")}`);
  await storeAll(db, ids);
  const claims = await Promise.all(Array.from({ length: 8 }, () => claimIds(db, 10)));
  assert.deepEqual(claims.flat().toSorted(), ids);
});

Deno.test("a webhook whose process died is claimed again when its lease is over", async () => {
  await using inbox = await createInbox();
  const { db } = inbox;
  await storeAll(db, ["a"]);
  await claimOne(db);
  const left = await dueIn(db, "a");
  assert.ok(left > LEASE_SECONDS - 10 && left <= LEASE_SECONDS, String(left));
  await letPass(db, { webhookId: "a", seconds: LEASE_SECONDS });
  assert.equal((await claimOne(db)).attempts, 2);
});

Deno.test("finishWebhook() wipes the content and keeps the id, so that a repetition is recognised", async () => {
  await using inbox = await createInbox();
  const { db } = inbox;
  await storeAll(db, ["a"]);
  await finishWebhook(db, await claimOne(db));
  const [row] = await db`SELECT event, due_at, done_at IS NOT NULL AS done FROM webhook_inbox`;
  assert.deepEqual({ ...row }, { event: null, due_at: null, done: true });
  assert.equal(await storeWebhook(db, { webhookId: "a", event: EVENT }), "repeated");
  assert.deepEqual(await claimIds(db), []);
});

Deno.test("a claim that was overtaken neither finishes nor postpones the webhook", async () => {
  await using inbox = await createInbox();
  const { db } = inbox;
  await storeAll(db, ["a"]);
  const slow = await claimOne(db);
  await letPass(db, { webhookId: "a", seconds: LEASE_SECONDS });
  const current = await claimOne(db);
  await finishWebhook(db, slow);
  await postponeWebhook(db, slow, 86_400);
  assert.ok(await dueIn(db, "a") <= LEASE_SECONDS);
  await finishWebhook(db, current);
  await postponeWebhook(db, current, 60);
  assert.deepEqual(await claimIds(db), []);
  const [row] = await db`SELECT done_at IS NOT NULL AS done FROM webhook_inbox`;
  assert.equal(row?.done, true);
});

Deno.test("postponeWebhook() makes it due again after the seconds, with its attempts counted", async () => {
  await using inbox = await createInbox();
  const { db } = inbox;
  await storeAll(db, ["a"]);
  await postponeWebhook(db, await claimOne(db), 120.5);
  const left = await dueIn(db, "a");
  assert.ok(left > 110 && left <= 120.5, String(left));
  assert.deepEqual(await claimIds(db), []);
  await letPass(db, { webhookId: "a", seconds: 121 });
  assert.equal((await claimOne(db)).attempts, 2);
});

Deno.test("events that this version cannot read wait for an hour and hold up nothing", async () => {
  await using inbox = await createInbox();
  const { db } = inbox;
  await storeAll(db, ["a", "b", "c", "d", "e"]);
  const unreadable = { a: '{"type":"TELEPORT"}', b: "not json", c: "null" };
  for (const [id, event] of Object.entries(unreadable)) {
    await db`UPDATE webhook_inbox SET event = ${event} WHERE webhook_id = ${id}`;
  }
  assert.deepEqual(await claimIds(db, 2), ["d"]);
  assert.deepEqual(await claimIds(db, 2), ["e"]);
  for (const [id, event] of Object.entries(unreadable)) {
    const left = await dueIn(db, id);
    assert.ok(left > 3590 && left <= 3600, `${id}: ${left}`);
    const [row] = await db`SELECT event FROM webhook_inbox WHERE webhook_id = ${id}`;
    assert.equal(row?.event, event);
  }
});

Deno.test("pruneWebhooks() forgets all that was done 45 days ago, and nothing that is not done", async () => {
  await using inbox = await createInbox();
  const { db } = inbox;
  const day = 86_400;
  await storeAll(db, ["done long ago", "done lately", "waiting"]);
  for (const webhook of await claimWebhooks(db, 2)) await finishWebhook(db, webhook);
  await letPass(db, { webhookId: "done long ago", seconds: 45 * day + 60 });
  await letPass(db, { webhookId: "done lately", seconds: 45 * day - 60 });
  await letPass(db, { webhookId: "waiting", seconds: 400 * day });
  await pruneWebhooks(db);
  assert.deepEqual(await idsOf(db), ["done lately", "waiting"]);
  await db`
    INSERT INTO webhook_inbox (webhook_id, due_at, done_at)
    SELECT 'old ' || n, NULL, now() - interval '50 days' FROM generate_series(1, 1500) n`;
  await pruneWebhooks(db);
  assert.deepEqual(await idsOf(db), ["done lately", "waiting"]);
});

Deno.test("storeWebhook() stores what is known by its digest once more when the first one is done, and no id of HighLevel's", async () => {
  await using inbox = await createInbox();
  const { db: database } = inbox;
  for (const [webhookId, again] of [["sha256:ab", "stored"], ["7a0c", "repeated"]] as const) {
    assert.equal(await storeWebhook(database, { webhookId, event: EVENT }), "stored");
    assert.equal(await storeWebhook(database, { webhookId, event: EVENT }), "repeated");
    const [claimed] = await claimWebhooks(database, 1);
    assert.ok(claimed !== undefined);
    await finishWebhook(database, claimed);
    assert.equal(await storeWebhook(database, { webhookId, event: EVENT }), again);
    const [second] = await claimWebhooks(database, 1);
    if (second !== undefined) await finishWebhook(database, second);
  }
});

/**
 * Webhooks between their receipt and the time when they are carried out: stored before HighLevel gets its answer, claimed by
 * one process at a time, and remembered by their id afterwards. All times are the database's.
 */
import * as v from "valibot";
import { parseJson } from "#shared/parse_json.ts";
import type { Database } from "../db/connect_database.ts";
import { askWithin } from "../db/database_unavailable.ts";
import { DIGEST_PREFIX, StoredEvent, type WebhookEvent } from "./parse_event.ts";

/** How long a claim lasts. A process that dies in the middle is followed by another when this is over. */
export const LEASE_SECONDS = 30;
/** Longer than any statement takes. HighLevel does not say how long it waits for its answer, so it has to be soon. */
const QUERY_MILLISECONDS = 3000;
/** HighLevel's log, from which its deliveries can be sent again, goes back 30 days. */
const REMEMBER_DAYS = 45;
const FORGET_AT_ONCE = 1000;
/** A newer version of the server stored it, and is likely to come back for it. */
const UNREADABLE_SECONDS = 3600;

/** A webhook that is ours until its lease ends. */
export interface ClaimedWebhook {
  readonly webhookId: string;
  readonly event: WebhookEvent;
  /** This one included. Another value in the row means that someone else has claimed it since. */
  readonly attempts: number;
  readonly receivedAt: Date;
}
type ClaimedRow = Omit<ClaimedWebhook, "event"> & { readonly event: string };

/**
 * Once it resolves, the webhook outlives this process. `repeated`: it was there before, done or not. Without an id of
 * HighLevel's, the same words may have come to be true once more: then they are done once more.
 */
export async function storeWebhook(
  db: Database,
  { webhookId, event }: { webhookId: string; event: WebhookEvent },
): Promise<"stored" | "repeated"> {
  const stored = await ask(
    db,
    (db) =>
      db`
        INSERT INTO webhook_inbox AS w (webhook_id, event) VALUES (${webhookId}, ${JSON.stringify(event)})
        ON CONFLICT (webhook_id) DO UPDATE SET
          event = excluded.event, received_at = now(), due_at = now(), done_at = NULL
        WHERE w.done_at IS NOT NULL AND starts_with(w.webhook_id, ${DIGEST_PREFIX})
        RETURNING w.webhook_id`,
  );
  return stored.length > 0 ? "stored" : "repeated";
}

/** Claims up to `limit` webhooks that are due, the longest waiting first. Empty only when none is due. */
export async function claimWebhooks(db: Database, limit: number): Promise<ClaimedWebhook[]> {
  for (;;) {
    const rows = await claimRows(db, limit);
    const readable: ClaimedWebhook[] = [];
    for (const row of rows) {
      const event = v.safeParse(StoredEvent, parseJson(row.event));
      if (event.success) readable.push({ ...row, event: event.output });
      else await postponeWebhook(db, row, UNREADABLE_SECONDS);
    }
    if (readable.length > 0 || rows.length === 0) return readable;
  }
}

/** Its content goes, its id stays. Nothing happens when it was claimed again since. */
export async function finishWebhook(
  db: Database,
  { webhookId, attempts }: Pick<ClaimedWebhook, "webhookId" | "attempts">,
): Promise<void> {
  await ask(
    db,
    (db) =>
      db`
        UPDATE webhook_inbox SET event = NULL, due_at = NULL, done_at = now()
        WHERE webhook_id = ${webhookId} AND attempts = ${attempts} AND done_at IS NULL`,
  );
}

/** Due again in `seconds`. Nothing happens when it was claimed again since. */
export async function postponeWebhook(
  db: Database,
  { webhookId, attempts }: Pick<ClaimedWebhook, "webhookId" | "attempts">,
  seconds: number,
): Promise<void> {
  await ask(
    db,
    (db) =>
      db`
        UPDATE webhook_inbox SET due_at = now() + make_interval(secs => ${seconds})
        WHERE webhook_id = ${webhookId} AND attempts = ${attempts} AND done_at IS NULL`,
  );
}

/** Forgets ids that HighLevel cannot send any more, 1000 a statement. */
export async function pruneWebhooks(db: Database): Promise<void> {
  for (let forgotten = FORGET_AT_ONCE; forgotten === FORGET_AT_ONCE;) {
    const rows = await ask(
      db,
      (db) =>
        db`
          DELETE FROM webhook_inbox WHERE webhook_id IN (
            SELECT webhook_id FROM webhook_inbox
            WHERE done_at < now() - make_interval(days => ${REMEMBER_DAYS})
            ORDER BY done_at LIMIT ${FORGET_AT_ONCE} FOR UPDATE SKIP LOCKED)
          RETURNING webhook_id`,
    );
    forgotten = rows.length;
  }
}

async function claimRows(db: Database, limit: number): Promise<ClaimedRow[]> {
  return await ask(
    db,
    (db) =>
      db<ClaimedRow[]>`
        WITH candidates AS (
          SELECT webhook_id, due_at FROM webhook_inbox WHERE due_at <= now()
          ORDER BY due_at LIMIT ${limit} FOR UPDATE SKIP LOCKED
        ), claimed AS (
          UPDATE webhook_inbox i SET
            attempts = i.attempts + 1, due_at = now() + make_interval(secs => ${LEASE_SECONDS})
          FROM candidates WHERE i.webhook_id = candidates.webhook_id
          RETURNING i.webhook_id, i.event, i.attempts, i.received_at, candidates.due_at AS waiting_since
        )
        SELECT webhook_id AS "webhookId", event, attempts, received_at AS "receivedAt"
        FROM claimed ORDER BY waiting_since`,
  );
}

async function ask<T>(db: Database, query: (db: Database) => PromiseLike<T>): Promise<T> {
  return await askWithin(db, query, QUERY_MILLISECONDS);
}

/**
 * HighLevel's webhooks: queued by what happens, sent by `pump()` when they are due by the simulator's clock, and sent again
 * until something answers with any 2xx. Every delivery stays on record.
 */
import { randomUUID } from "node:crypto";
import type { Clock } from "./clock.ts";
import type { Random } from "./seeded_random.ts";
import { appsById, type SimulatorSettings } from "./settings.ts";
import type { Switches } from "./switches.ts";
import { compareDue, type WebhookDelivery } from "./webhook_delivery.ts";
import type { WebhookEvent } from "./webhook_events.ts";
import { createWebhookOrders, type WebhookOrders } from "./webhook_orders.ts";
import { retryDelay } from "./webhook_retries.ts";
import { postWebhook, type WebhookFetch } from "./webhook_post.ts";
import { createWebhookSigner, type WebhookSigner } from "./webhook_signature.ts";

/** A reordered webhook that nothing follows is sent after this time all the same. */
const REORDER_PATIENCE_MILLISECONDS = 60_000;

export interface WebhooksOptions {
  clock: Clock;
  settings: SimulatorSettings;
  switches: Switches;
  random: Random;
  fetch: WebhookFetch;
}

export interface Webhooks {
  readonly orders: WebhookOrders;
  readonly signer: WebhookSigner;
  /** Queues an event for its app, unless the app has no webhook URL. Any body can be queued by hand. */
  queue(event: WebhookEvent, options?: { delayMs?: number }): void;
  /**
   * Sends what is due now, `atOnce` at a time (one by default), and says how many attempts that were. `signal` ends it, and
   * fails what is under way.
   */
  pump(options?: { atOnce?: number; signal?: AbortSignal }): Promise<number>;
  /** When the next delivery is due, in milliseconds since the epoch, or null when none waits. */
  nextDueAt(): number | null;
  /** Sends the original payload once more, as the portal's button does. Throws for an unknown id. */
  resend(webhookId: string): void;
  /** All so far, lost ones and copies too, in the order in which they were queued. */
  deliveries(): readonly Readonly<WebhookDelivery>[];
}

export function createWebhooks(options: WebhooksOptions): Webhooks {
  const { clock, settings, switches, random } = options;
  const orders = createWebhookOrders(random);
  const signer = createWebhookSigner();
  const record: WebhookDelivery[] = [];
  const waiting = new Set<WebhookDelivery>();
  const held = new Set<WebhookDelivery>();
  let sequence = 0;

  function add(delivery: Omit<WebhookDelivery, "sequence" | "attempts">): WebhookDelivery {
    const added = { ...delivery, sequence: sequence++, attempts: [] };
    record.push(added);
    if (added.state === "waiting") waiting.add(added);
    if (added.behind > 0) held.add(added);
    return added;
  }

  function releaseBehind(followed: WebhookDelivery): void {
    for (const delivery of held) {
      if (delivery === followed) continue;
      delivery.behind -= 1;
      if (delivery.behind > 0) continue;
      held.delete(delivery);
      delivery.dueAt = followed.dueAt;
      delivery.sequence = sequence++;
    }
  }

  async function attempt(delivery: WebhookDelivery, signal: AbortSignal | undefined): Promise<void> {
    delivery.state = "under_way";
    waiting.delete(delivery);
    held.delete(delivery);
    const at = clock.now();
    delivery.url = appsById(settings).get(delivery.appId)?.webhookUrl ?? delivery.url;
    const headers = signer.headersFor(delivery.body, delivery.signature ?? switches.webhookSignature);
    const status = await postWebhook(options.fetch, {
      url: delivery.url,
      body: delivery.body,
      headers,
      timeoutMs: switches.webhookTimeoutSeconds * 1000,
      signal,
    });
    delivery.attempts.push({ at, status });
    const taken = status !== null && status >= 200 && status < 300;
    const delay = taken ? null : retryDelay(switches, { attempts: delivery.attempts.length, status, random });
    if (delay === null) {
      delivery.state = taken ? "delivered" : "given_up";
      return;
    }
    delivery.state = "waiting";
    delivery.dueAt = clock.now() + delay;
    waiting.add(delivery);
  }

  return {
    orders,
    signer,
    deliveries: () => record,
    nextDueAt: () => [...waiting].sort(compareDue)[0]?.dueAt ?? null,
    queue(event, { delayMs = 0 } = {}) {
      const url = appsById(settings).get(event.appId)?.webhookUrl;
      if (url === undefined) return;
      const now = clock.now();
      const webhookId = randomUUID();
      const fate = orders.take(event);
      const { type, appId, resourceId } = event;
      const timestamp = new Date(now).toISOString();
      const body = JSON.stringify({ ...event.fields, timestamp, webhookId });
      const common = {
        webhookId,
        type,
        appId,
        resourceId,
        url,
        body,
        queuedAt: now,
        signature: fate.signature,
      };
      const original = add({
        ...common,
        state: fate.lost ? "lost" : "waiting",
        copy: false,
        dueAt: now + delayMs + fate.delayMs + (fate.behind > 0 ? REORDER_PATIENCE_MILLISECONDS : 0),
        behind: fate.behind,
      });
      for (let copy = 1; copy <= fate.copies; copy += 1) {
        const dueAt = original.dueAt + copy * fate.copyDelayMs;
        add({ ...common, state: "waiting", copy: true, dueAt, behind: 0 });
      }
      releaseBehind(original);
    },
    async pump({ atOnce = 1, signal } = {}) {
      let attempts = 0;
      for (;;) {
        const due = [...waiting].filter(({ dueAt }) => dueAt <= clock.now()).sort(compareDue);
        if (due.length === 0 || signal?.aborted === true) return attempts;
        const send = async (): Promise<void> => {
          for (let next = due.shift(); next !== undefined; next = due.shift()) {
            // Another pump may have taken it meanwhile.
            if (next.state !== "waiting" || signal?.aborted === true) continue;
            attempts += 1;
            await attempt(next, signal);
          }
        };
        await Promise.all(Array.from({ length: atOnce }, send));
      }
    },
    resend(webhookId) {
      const original = record.find((delivery) => delivery.webhookId === webhookId);
      if (original === undefined) throw new Error(`Cannot resend webhook "${webhookId}": unknown id`);
      const { attempts: _, sequence: __, ...same } = original;
      add({ ...same, state: "waiting", copy: true, behind: 0, dueAt: clock.now() });
    },
  };
}

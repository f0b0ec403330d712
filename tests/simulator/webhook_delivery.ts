/** The record of one webhook: what is sent, where it stands, and every attempt so far. */
import type { WebhookSignature } from "./webhook_signature.ts";

/** `lost` was never sent, by order or chance; `given_up` failed at every attempt that HighLevel makes. */
export type WebhookDeliveryState = "waiting" | "under_way" | "delivered" | "given_up" | "lost";

export interface WebhookDelivery {
  /** Counts the deliveries of a simulator; a copy has its own. */
  sequence: number;
  /** The same on every retry, copy and resend, as is the `timestamp` inside the body. */
  webhookId: string;
  type: string;
  appId: string;
  resourceId: string;
  url: string;
  body: string;
  state: WebhookDeliveryState;
  /** True for what an order, chance or a resend sends beside the original. */
  copy: boolean;
  /** Null: as the switch says when it is sent. */
  signature: WebhookSignature | null;
  /** Milliseconds since the epoch, by the simulator's clock. */
  queuedAt: number;
  dueAt: number;
  /** How many later webhooks have to be queued before this one is due. */
  behind: number;
  /** `status` is null when there was no answer. */
  attempts: { at: number; status: number | null }[];
}

/** Orders what is due: by time, then as it was queued. */
export function compareDue(one: WebhookDelivery, other: WebhookDelivery): number {
  return one.dueAt - other.dueAt || one.sequence - other.sequence;
}

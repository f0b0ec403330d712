/** Orders about webhooks to come, and disorder by chance. Each order strikes the next events that it fits. */
import * as v from "valibot";
import type { Random } from "./seeded_random.ts";
import type { WebhookEvent } from "./webhook_events.ts";
import { WebhookSignature } from "./webhook_signature.ts";

const Count = v.pipe(v.number(), v.integer(), v.minValue(0));
const Share = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const narrowing = {
  times: v.optional(v.pipe(Count, v.minValue(1)), 1),
  /** `INSTALL`, `UNINSTALL` … */
  type: v.optional(v.string()),
  /** A location or company id. */
  resourceId: v.optional(v.string()),
};

/**
 * - `lose`: never sent, not even once
 * - `duplicate`: sent `copies` times more, with the same `webhookId`; each copy `delayMs` after the one before
 * - `delay`: sent `delayMs` late
 * - `reorder`: sent after the next `behind` webhooks that are queued
 * - `sign`: signed another way than the switch says
 *
 * Times are milliseconds of the simulator's clock.
 */
export const WebhookOrder = v.variant("kind", [
  v.strictObject({ kind: v.literal("lose"), ...narrowing }),
  v.strictObject({
    kind: v.literal("duplicate"),
    copies: v.optional(v.pipe(Count, v.minValue(1)), 1),
    delayMs: v.optional(Count, 0),
    ...narrowing,
  }),
  v.strictObject({ kind: v.literal("delay"), delayMs: Count, ...narrowing }),
  v.strictObject({
    kind: v.literal("reorder"),
    behind: v.optional(v.pipe(Count, v.minValue(1)), 1),
    ...narrowing,
  }),
  v.strictObject({ kind: v.literal("sign"), signature: WebhookSignature, ...narrowing }),
]);
export type WebhookOrder = v.InferInput<typeof WebhookOrder>;
type ParsedOrder = v.InferOutput<typeof WebhookOrder>;

/** How likely each kind of disorder is for every event that no order strikes. Delays are spread from 0 to `maxDelayMs`. */
export const WebhookDisorder = v.strictObject({
  loss: v.optional(Share, 0),
  duplication: v.optional(Share, 0),
  delay: v.optional(Share, 0),
  maxDelayMs: v.optional(Count, 60_000),
});
export type WebhookDisorder = v.InferInput<typeof WebhookDisorder>;

/** What becomes of one event. */
export interface WebhookFate {
  lost: boolean;
  copies: number;
  copyDelayMs: number;
  delayMs: number;
  behind: number;
  signature: WebhookSignature | null;
}

export interface WebhookOrders {
  /** Throws a `ValiError` for an order that makes no sense. */
  next(order: WebhookOrder): void;
  /** Orders that have not struck yet, with the times that are left. */
  pending(): readonly ParsedOrder[];
  clear(): void;
  /** Disorder by chance from now on; `{}` ends it. */
  disorder(disorder: WebhookDisorder): void;
  /** The fate of an event, by the first order that fits it, else by chance. Uses up one time of the order. */
  take(event: WebhookEvent): WebhookFate;
}

const UNTOUCHED: WebhookFate = {
  lost: false,
  copies: 0,
  copyDelayMs: 0,
  delayMs: 0,
  behind: 0,
  signature: null,
};

export function createWebhookOrders(random: Random): WebhookOrders {
  const orders: ParsedOrder[] = [];
  let chances = v.parse(WebhookDisorder, {});
  return {
    next: (order) => void orders.push(v.parse(WebhookOrder, order)),
    pending: () => structuredClone(orders),
    clear: () => void orders.splice(0),
    disorder: (disorder) => void (chances = v.parse(WebhookDisorder, disorder)),
    take(event) {
      const index = orders.findIndex((order) => fits(order, event));
      const order = orders[index];
      if (order === undefined) return fateByChance(chances, random);
      order.times -= 1;
      if (order.times === 0) orders.splice(index, 1);
      return fateByOrder(order);
    },
  };
}

function fits(order: ParsedOrder, { type, resourceId }: WebhookEvent): boolean {
  return (order.type === undefined || order.type === type) &&
    (order.resourceId === undefined || order.resourceId === resourceId);
}

function fateByOrder(order: ParsedOrder): WebhookFate {
  switch (order.kind) {
    case "lose":
      return { ...UNTOUCHED, lost: true };
    case "duplicate":
      return { ...UNTOUCHED, copies: order.copies, copyDelayMs: order.delayMs };
    case "delay":
      return { ...UNTOUCHED, delayMs: order.delayMs };
    case "reorder":
      return { ...UNTOUCHED, behind: order.behind };
    case "sign":
      return { ...UNTOUCHED, signature: order.signature };
  }
}

/** Draws the same number of times whatever comes out, so that one change of a chance does not shift all later ones. */
function fateByChance(chances: v.InferOutput<typeof WebhookDisorder>, random: Random): WebhookFate {
  const [loss, duplication, delay, part] = [random(), random(), random(), random()];
  const delayMs = Math.floor(part * chances.maxDelayMs);
  return {
    ...UNTOUCHED,
    lost: loss < chances.loss,
    copies: duplication < chances.duplication ? 1 : 0,
    copyDelayMs: delayMs,
    delayMs: delay < chances.delay ? delayMs : 0,
  };
}

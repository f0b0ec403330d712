/** Faults that tests order for calls to come. Each order strikes the next calls that it fits, then it is used up. */
import { setTimeout as timer } from "node:timers/promises";
import * as v from "valibot";
import { API_OPERATIONS } from "./api_call_record.ts";

/**
 * - `lost_answer`: the call is carried out, then the connection breaks: the client cannot read the answer
 * - `timeout`: no answer for `delayMs` (a minute by default), then a 504 page
 * - `slow`: the answer comes `delayMs` late
 * - `rate_limited`: 429 with the rate-limit headers
 * - `bad_gateway_html`: 502 with a page of a gateway
 * - `damaged_json`: half of the answer, as if it were whole
 * - `server_error_json`: 500
 * - `revoke_family`: HighLevel forgets the install's tokens and says so
 * - `wrong_content_type`: the whole answer, labelled as HTML
 */
export const FAULT_KINDS = [
  "lost_answer",
  "timeout",
  "slow",
  "rate_limited",
  "bad_gateway_html",
  "damaged_json",
  "server_error_json",
  "revoke_family",
  "wrong_content_type",
] as const;
export type FaultKind = typeof FAULT_KINDS[number];

const Count = v.pipe(v.number(), v.integer(), v.minValue(0));

/**
 * An order. `grantType` (of token calls), `operation` (of API calls) and `resourceId` narrow it: the location or company of
 * the token, or the location that an API call names. `performed` says whether HighLevel carries
 * the call out before the fault strikes; by default it does for `lost_answer`, `slow`, `damaged_json` and
 * `wrong_content_type`. `delayMs` is real time. `retryAfterSeconds` adds a header that HighLevel does not document.
 */
export const FaultOrder = v.strictObject({
  route: v.picklist(["token", "api"]),
  kind: v.picklist(FAULT_KINDS),
  times: v.optional(v.pipe(Count, v.minValue(1)), 1),
  grantType: v.optional(v.string()),
  operation: v.optional(v.picklist(API_OPERATIONS)),
  resourceId: v.optional(v.string()),
  performed: v.optional(v.boolean()),
  delayMs: v.optional(Count),
  retryAfterSeconds: v.optional(Count),
});
export type FaultOrder = v.InferInput<typeof FaultOrder>;
export type Fault = v.InferOutput<typeof FaultOrder>;

export interface FaultyCall {
  route: Fault["route"];
  grantType?: string | undefined;
  operation?: Fault["operation"];
  resourceId?: string | undefined;
  about?: string | undefined;
}

export interface Faults {
  /** Throws a `ValiError` for an order that makes no sense. */
  next(order: FaultOrder): void;
  /** The first order that fits the call, one time less from now on, or null. */
  take(call: FaultyCall): Fault | null;
  /** Orders that have not struck yet, with the times that are left. */
  pending(): readonly Fault[];
  clear(): void;
  /** How many calls are being delayed at this moment. */
  held(): number;
  /** Delays a call in real time, until `release()`, or until the caller's signal aborts. */
  hold(milliseconds: number, signal: AbortSignal): Promise<void>;
  /** Ends every delay at once. */
  release(): void;
}

export function createFaults(): Faults {
  const orders: Fault[] = [];
  const holds = new Set<AbortController>();
  return {
    next(order) {
      orders.push(v.parse(FaultOrder, order));
    },
    take(call) {
      const index = orders.findIndex((order) => fits(order, call));
      const order = orders[index];
      if (order === undefined) return null;
      order.times -= 1;
      if (order.times === 0) orders.splice(index, 1);
      return order;
    },
    pending: () => structuredClone(orders),
    clear: () => void orders.splice(0),
    held: () => holds.size,
    async hold(milliseconds, signal) {
      const released = new AbortController();
      holds.add(released);
      try {
        await timer(milliseconds, undefined, { signal: AbortSignal.any([released.signal, signal]) });
      } catch (error) {
        if (!released.signal.aborted && !signal.aborted) throw error;
      } finally {
        holds.delete(released);
      }
    },
    release: () => holds.forEach((hold) => hold.abort()),
  };
}

function fits(order: Fault, call: FaultyCall): boolean {
  return order.route === call.route &&
    (order.grantType === undefined || order.grantType === call.grantType) &&
    (order.operation === undefined || order.operation === call.operation) &&
    (order.resourceId === undefined || [call.resourceId, call.about].includes(order.resourceId));
}

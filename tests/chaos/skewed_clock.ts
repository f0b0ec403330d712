/**
 * Gives this process a wrong wall clock and seeded dice, before anything else is loaded. Only for server processes of a
 * chaos run: `CHAOS_SKEW_MILLISECONDS`, `CHAOS_SEED`.
 */
import { createSeededRandom } from "./seeded_random.ts";

const skewMilliseconds = Number(Deno.env.get("CHAOS_SKEW_MILLISECONDS") ?? 0);
const realNow = Date.now;
const skewedNow = (): number => realNow() + skewMilliseconds;

Date.now = skewedNow;
globalThis.Date = new Proxy(Date, {
  construct: (target, args: unknown[], newTarget) =>
    Reflect.construct(target, args.length === 0 ? [skewedNow()] : args, newTarget),
  apply: () => new Date().toString(),
});

Math.random = createSeededRandom(`${Deno.env.get("CHAOS_SEED")} jitter`).next;

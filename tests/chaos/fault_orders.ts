/** Orders faults at the simulator, a few at a time, and never where they would keep an answer away for good. */
import * as v from "valibot";
import type { FaultOrder } from "../simulator/faults.ts";
import type { SimulatorProcess } from "../support/simulator_process.ts";
import { type Danger, FAULT_UNTIL_SECONDS } from "./danger.ts";
import type { SeededRandom } from "./seeded_random.ts";

export interface FaultOrders {
  /** Orders one or some more, unless enough are waiting or a rotation is near its end. */
  orderSome(): Promise<void>;
  /** Calls to come are answered late, so that they are under way when something else happens. */
  orderSlowCalls(): Promise<void>;
  /** For the next call that it fits: what was ordered before is taken back. */
  orderNext(order: FaultOrder): Promise<void>;
  /** Takes back what has not struck, and lets delayed answers go. */
  withdraw(): Promise<void>;
}

const Pending = v.object({
  pending: v.array(v.object({ route: v.string(), times: v.number(), resourceId: v.optional(v.string()) })),
});
/** As many can strike one call and its repetitions, which still leaves the window's end to it. */
const PENDING_AT_ONCE = 4;
const SLOW_CALLS = 3;
/** Calls of the API lose nothing for good, and there are fewer of them. */
const API_PENDING_AT_ONCE = 2;
const API_FAULTS = 0.3;

type Kind = FaultOrder["kind"];
/** As often as they are listed. A gateway's pause after "too many calls" is 10 seconds for a whole server. */
const KINDS: readonly Kind[] = [
  ...repeat("lost_answer", 5),
  ...repeat("damaged_json", 4),
  ...repeat("bad_gateway_html", 4),
  ...repeat("server_error_json", 3),
  ...repeat("wrong_content_type", 3),
  ...repeat("slow", 4),
  ...repeat("timeout", 2),
  ...repeat("rate_limited", 1),
];
const API_KINDS: readonly Kind[] = [
  ...repeat("lost_answer", 4),
  ...repeat("damaged_json", 3),
  ...repeat("bad_gateway_html", 3),
  ...repeat("server_error_json", 3),
  ...repeat("slow", 4),
  ...repeat("timeout", 1),
  ...repeat("rate_limited", 1),
];

export function createFaultOrders(
  { simulator, danger, random }: { simulator: SimulatorProcess; danger: Danger; random: SeededRandom },
): FaultOrders {
  async function order(faults: readonly FaultOrder[]): Promise<void> {
    await simulator.control("faults", faults);
  }

  return {
    async orderSome() {
      const oldest = await danger.oldestSeconds();
      if (oldest > FAULT_UNTIL_SECONDS && oldest < Infinity) return await withdraw(simulator);
      const { pending } = v.parse(Pending, await simulator.control("faults"));
      const waitingFor = (wanted: string): number =>
        pending.filter(({ route, resourceId }) => route === wanted && resourceId === undefined)
          .reduce((sum, { times }) => sum + times, 0);
      if (waitingFor("token") < PENDING_AT_ONCE) await order([randomFault(random)]);
      if (waitingFor("api") < API_PENDING_AT_ONCE && random.chance(API_FAULTS)) {
        await order([{ ...randomFault(random, API_KINDS), route: "api", grantType: undefined }]);
      }
    },
    async orderSlowCalls() {
      await order(Array.from({ length: SLOW_CALLS }, () => fault("slow", { delayMs: 1500 })));
    },
    async orderNext(next) {
      await withdraw(simulator);
      await order([next]);
    },
    withdraw: () => withdraw(simulator),
  };
}

async function withdraw(simulator: SimulatorProcess): Promise<void> {
  await simulator.remove("faults");
}

function randomFault(random: SeededRandom, kinds = KINDS): FaultOrder {
  const kind = random.pick(kinds);
  switch (kind) {
    case "timeout":
      return fault(kind, { delayMs: 9000, performed: random.chance(0.6) });
    case "slow":
      return fault(kind, { delayMs: Math.round(random.between(200, 4000)) });
    case "bad_gateway_html":
    case "server_error_json":
      return fault(kind, { performed: random.chance(0.5) });
    default:
      return fault(kind, { times: random.chance(0.2) ? 2 : 1 });
  }
}

function fault(kind: Kind, more: Partial<FaultOrder>): FaultOrder {
  return { route: "token", grantType: "refresh_token", kind, ...more };
}

function repeat(kind: Kind, count: number): Kind[] {
  return Array.from({ length: count }, () => kind);
}

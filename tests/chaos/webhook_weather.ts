/** What befalls HighLevel's webhooks on their way: some are lost, doubled and late, and each time another server gets them. */
import * as v from "valibot";
import { WEBHOOKS_PATH } from "#shared/endpoints.ts";
import { waitUntil } from "../support/wait_until.ts";
import type { SimulatorProcess } from "../support/simulator_process.ts";
import type { SeededRandom } from "./seeded_random.ts";
import type { ServerSlot } from "./server_slot.ts";

const Deliveries = v.object({
  deliveries: v.array(v.object({
    webhookId: v.string(),
    type: v.string(),
    resourceId: v.string(),
    body: v.string(),
    state: v.picklist(["waiting", "under_way", "delivered", "given_up", "lost"]),
    copy: v.boolean(),
    queuedAt: v.number(),
    dueAt: v.number(),
    attempts: v.array(v.object({ at: v.number(), status: v.nullable(v.number()) })),
  })),
});
export type WebhookDelivery = v.InferOutput<typeof Deliveries>["deliveries"][number];

export interface WebhookWeather {
  /** From now on webhooks get lost, doubled and late. */
  begin(): Promise<void>;
  /** Another server gets them. */
  moveOn(): Promise<void>;
  /** The next UNINSTALL of this location or company is late or doubled, but not lost; or there at once, if it has to be. */
  keepUninstall(resourceId: string, isAtOnce?: boolean): Promise<void>;
  /** No webhook is lost or delayed any more, and every one that was not lost is delivered. */
  calm(): Promise<void>;
  /** All that HighLevel sent or lost so far, copies too. */
  deliveries(): Promise<readonly WebhookDelivery[]>;
}

/** The base of the retries is a second, so that a run has some. */
export const WEBHOOK_SWITCHES = {
  webhookRetryBaseSeconds: 1,
  webhookTimeoutSeconds: 5,
  agencyInstallWebhooks: "both",
  companyUninstallWebhooks: "both",
  locationCreateWebhooks: "every_app",
} as const;
const DISORDER = { loss: 0.15, duplication: 0.2, delay: 0.4, maxDelayMs: 5000 };
const DELIVERED_MILLISECONDS = 60_000;
const LOOK_MILLISECONDS = 500;
/** What HighLevel sends again later than this, somebody sends again by hand. */
const PATIENCE_MILLISECONDS = 1500;

export function createWebhookWeather(
  { simulator, slots, random }: {
    simulator: SimulatorProcess;
    slots: readonly ServerSlot[];
    random: SeededRandom;
  },
): WebhookWeather {
  const deliveries = async (): Promise<readonly WebhookDelivery[]> =>
    v.parse(Deliveries, await simulator.control("webhooks/deliveries")).deliveries;

  async function moveOn(): Promise<void> {
    await simulator.control("webhooks/url", { url: `${random.pick(slots).url}${WEBHOOKS_PATH}` });
  }

  /** Ids of webhooks that nobody has taken so far. */
  async function undelivered(): Promise<Map<string, WebhookDelivery[]>> {
    const byId = Map.groupBy(await deliveries(), ({ webhookId }) => webhookId);
    for (const [webhookId, all] of byId) {
      const isDone = all.some(({ state }) => state === "delivered") ||
        all.every(({ state }) => state === "lost");
      if (isDone) byId.delete(webhookId);
    }
    return byId;
  }

  return {
    deliveries,
    moveOn,
    begin: async () => void await simulator.control("webhooks/disorder", DISORDER),
    async keepUninstall(resourceId, isAtOnce = false) {
      const delayMs = Math.round(random.between(0, DISORDER.maxDelayMs));
      const doubled = { kind: "duplicate", delayMs };
      const fate = isAtOnce
        ? doubled
        : random.pick([{ kind: "delay", delayMs }, doubled, { kind: "reorder" }]);
      await simulator.control("webhooks/orders", { ...fate, type: "UNINSTALL", resourceId });
    },
    async calm() {
      await simulator.remove("webhooks/orders");
      const lookedAgain = new Set<string>();
      let lookedAt = Number.NEGATIVE_INFINITY;
      await waitUntil(
        async () => {
          if (performance.now() - lookedAt < LOOK_MILLISECONDS) return false;
          lookedAt = performance.now();
          const left = await undelivered();
          for (const [webhookId, all] of left) {
            const isSoon = all.some(({ state, dueAt }) =>
              state === "under_way" || state === "waiting" && dueAt < Date.now() + PATIENCE_MILLISECONDS
            );
            if (isSoon || lookedAgain.has(webhookId)) continue;
            lookedAgain.add(webhookId);
            await simulator.control("webhooks/resend", { webhookId });
          }
          return left.size === 0;
        },
        "every webhook is delivered that was not lost",
        DELIVERED_MILLISECONDS,
      );
    },
  };
}

/** What was lost for good: nobody ever got to know by a webhook. Ids of locations and companies. */
export function lostResources(deliveries: readonly WebhookDelivery[]): ReadonlySet<string> {
  const byId = Map.groupBy(deliveries, ({ webhookId }) => webhookId);
  const lost = [...byId.values()].filter((all) => all.every(({ state }) => state === "lost"));
  return new Set(lost.flat().map(({ resourceId }) => resourceId));
}

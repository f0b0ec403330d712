/** What a run did that explains calls of HighLevel's API and webhooks that were claimed again. */
import type { CallReasons } from "./call_verdict.ts";
import type { ChaosOptions } from "./chaos_options.ts";
import type { ChaosWorld } from "./chaos_world.ts";
import type { LogRecord } from "./log_record.ts";
import type { WebhookFigures } from "./webhook_verdict.ts";
import type { WebhookDelivery } from "./webhook_weather.ts";

interface Run {
  readonly world: ChaosWorld;
  readonly options: ChaosOptions;
  readonly record: LogRecord;
}

/** Soon after an install, an agency is listed again after about a minute. */
const SHORTEST_PERIOD_SECONDS = 50;
/** How many webhooks a process carries out at a time. */
const WEBHOOKS_AT_ONCE = 4;
/** A listing that fails is begun again. */
const LISTINGS_OF_FAILURE = 2;

/** How often webhooks may have been claimed in vain or carried out in parts. */
export function mayBeClaimedAgain(run: Run): number {
  const { world, record } = run;
  return record.events.count("webhook_postponed") + record.events.count("upkeep_failed") +
    WEBHOOKS_AT_ONCE * interruptionsOf(run) + world.leases.broken();
}

export function callReasons(
  { world, options, record, deliveries, webhooks, seconds }: Run & {
    deliveries: readonly WebhookDelivery[];
    webhooks: WebhookFigures;
    seconds: number;
  },
): CallReasons {
  const { people, agencyLife, traffic, leases } = world;
  const { agencies, lifetimeSeconds } = options;
  const companyIds = new Set(agencyLife.agencies.map(({ companyId }) => companyId));
  const announced = new Set(
    deliveries.filter(({ type, resourceId }) => type === "INSTALL" && companyIds.has(resourceId))
      .map(({ webhookId }) => webhookId),
  );
  const { acts } = agencyLife;
  const { steps } = record;
  const installs = acts.count("agency installed") + acts.count("agency ticked more") +
    acts.count("agency disconnected") + agencies;
  const periods = agencies * Math.ceil(seconds / SHORTEST_PERIOD_SECONDS);
  const failures = LISTINGS_OF_FAILURE * record.events.count("listing_postponed");
  return {
    disconnected: people.disconnected,
    lifetimeSeconds,
    agencies,
    asks: traffic.asksForAgencies(),
    unfinishedListings: Math.max(0, steps.count("listing claimed") - steps.count("listing ended")),
    listings: installs + announced.size + acts.count("hour passed") + periods + failures + leases.listings(),
    pagesOfListing: Math.ceil(agencyLife.mostLocations() / world.pageEntries) + 1,
    webhooks: webhooks.received + webhooks.claimedAgain,
    interruptions: interruptionsOf({ world, options, record }),
  };
}

/** With work under way. */
function interruptionsOf({ world: { ends, outages }, options: { servers } }: Run): number {
  return ends.total() + servers * outages.done.total();
}

/** Locations without a connected agency whose own users install the app, remove it, and install it again. */
import { setTimeout as timer } from "node:timers/promises";
import type { Database } from "../../server/db/connect_database.ts";
import { withinDeadline } from "../../server/db/database_unavailable.ts";
import type { FaultOrders } from "./fault_orders.ts";
import type { People } from "./people.ts";
import type { SeededRandom } from "./seeded_random.ts";
import type { ServerSlot } from "./server_slot.ts";
import { createTally, type Tally } from "./tally.ts";
import type { WebhookWeather } from "./webhook_weather.ts";

export interface LoneLocations {
  /** One of them is installed or removed. One at a time. */
  act(ended: AbortSignal): Promise<void>;
  /** What happened, by name. */
  readonly acts: Tally;
}

export interface LoneLocationsOptions {
  /** They are installed at the start. */
  readonly locationIds: readonly string[];
  readonly faults: FaultOrders;
  readonly database: Database;
  readonly slots: readonly ServerSlot[];
  readonly people: People;
  readonly weather: WebhookWeather;
  readonly random: SeededRandom;
}

/** So often the app is there again before Relatch has heard that it was removed. */
const AT_ONCE_AGAIN = 0.5;
const IN_MIDDLE = 0.5;
const SLOW_REFRESH = { route: "token", grantType: "refresh_token", kind: "slow", delayMs: 2500 } as const;
/** Servers look for what is due every second. */
const BEGUN_MILLISECONDS = 1200;
const QUERY_MILLISECONDS = 3000;

export function createLoneLocations(
  { locationIds, faults, database, slots, people, weather, random }: LoneLocationsOptions,
): LoneLocations {
  const acts = createTally();
  const installed = new Set(locationIds);

  async function install(locationId: string): Promise<void> {
    acts.add("installed again");
    const consent = {
      resourceId: locationId,
      installer: "location",
      locationIds: [locationId],
      isNew: true,
    } as const;
    if (await people.install(consent, random.pick(slots))) installed.add(locationId);
  }

  /** HighLevel's answer is on its way for longer than its UNINSTALL. */
  async function beginRenewal(resourceId: string): Promise<void> {
    await faults.orderNext({ ...SLOW_REFRESH, resourceId });
    const due = database`
      UPDATE connections SET next_refresh_at = now() WHERE location_id = ${resourceId} AND lease_id IS NULL`;
    await withinDeadline(due, QUERY_MILLISECONDS).catch(() => {});
    await timer(BEGUN_MILLISECONDS);
  }

  return {
    acts,
    async act(ended) {
      const locationId = random.pick(locationIds);
      if (!installed.delete(locationId)) return await install(locationId);
      if (people.mayDisconnect(locationId) && random.chance(0.3)) {
        acts.add("disconnected");
        await people.disconnect(locationId, ended);
        return;
      }
      const isInMiddle = random.chance(IN_MIDDLE);
      acts.add(isInMiddle ? "uninstalled while it was renewed" : "uninstalled");
      if (isInMiddle) await beginRenewal(locationId);
      await weather.keepUninstall(locationId, isInMiddle);
      await people.uninstall({ locationId });
      if (random.chance(AT_ONCE_AGAIN)) await install(locationId);
    },
  };
}

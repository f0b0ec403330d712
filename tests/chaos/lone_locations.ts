/** Locations without a connected agency whose own users install the app, remove it, and install it again. */
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
  readonly slots: readonly ServerSlot[];
  readonly people: People;
  readonly weather: WebhookWeather;
  readonly random: SeededRandom;
}

/** So often the app is there again before Relatch has heard that it was removed. */
const AT_ONCE_AGAIN = 0.5;

export function createLoneLocations(
  { locationIds, slots, people, weather, random }: LoneLocationsOptions,
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
      acts.add("uninstalled");
      await weather.keepUninstall(locationId);
      await people.uninstall({ locationId });
      if (random.chance(AT_ONCE_AGAIN)) await install(locationId);
    },
  };
}

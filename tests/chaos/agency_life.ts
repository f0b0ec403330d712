/**
 * What happens at agencies during a run: locations come, go, are renamed, paused and installed by themselves, and the
 * agencies install the app for some of them, again for more, and remove it.
 */
import { setTimeout as timer } from "node:timers/promises";
import type { Database } from "../../server/db/connect_database.ts";
import { withinDeadline } from "../../server/db/database_unavailable.ts";
import { numberedCompanies } from "../simulator/default_settings.ts";
import type { SimulatorProcess } from "../support/simulator_process.ts";
import type { FaultOrders } from "./fault_orders.ts";
import type { People } from "./people.ts";
import type { SeededRandom } from "./seeded_random.ts";
import type { ServerSlot } from "./server_slot.ts";
import { createTally, type Tally } from "./tally.ts";
import type { WebhookWeather } from "./webhook_weather.ts";

export interface Agency {
  readonly companyId: string;
  /** Those that exist now, with the app or without. */
  locationIds: readonly string[];
  /** False also when that is not certain: then the next install is a new one. */
  isInstalled: boolean;
}

export interface AgencyLife {
  readonly agencies: readonly Agency[];
  /** In peace: each for half of its locations. */
  installAll(): Promise<void>;
  /** One thing happens at an agency, and comes to its end. One at a time for each agency. */
  act(agency: Agency, ended: AbortSignal): Promise<void>;
  /** Everything that was paused is active again. */
  calm(): Promise<void>;
  /** Of all agencies. */
  locationIds(): readonly string[];
  /** Looks which locations are covered, as far as Relatch knows. */
  lookAround(): Promise<void>;
  /** Those that were covered then. */
  coveredIds(): readonly string[];
  /** What happened, by name. */
  readonly acts: Tally;
  /** How many of its locations the largest agency had. */
  mostLocations(): number;
}

export interface AgencyLifeOptions {
  readonly agencies: number;
  readonly agencyLocations: number;
  readonly simulator: SimulatorProcess;
  readonly database: Database;
  readonly slots: readonly ServerSlot[];
  readonly people: People;
  readonly weather: WebhookWeather;
  readonly faults: FaultOrders;
  readonly random: SeededRandom;
  /** An integration asks for the token of a location. */
  readonly ask: (locationId: string) => Promise<void>;
}

type Act = (agency: Agency, ended: AbortSignal) => Promise<void>;

const QUERY_MILLISECONDS = 3000;
const ASKS_WHILE_PAUSED = 3;
/** So often an agency that removed the app installs it again before Relatch has heard of that. */
const AT_ONCE_AGAIN = 0.5;
const SLOW_MILLISECONDS = 2500;
const SLOW_REFRESH = {
  route: "token",
  grantType: "refresh_token",
  kind: "slow",
  delayMs: SLOW_MILLISECONDS,
} as const;

/** Those of the agencies, without the default one. */
export function agencyCompanyIds(count: number): string[] {
  return numberedCompanies(count).map(({ id }) => id);
}

export async function createAgencyLife(options: AgencyLifeOptions): Promise<AgencyLife> {
  const { agencyLocations, simulator, database, slots, people, weather, faults, random, ask } = options;
  const acts = createTally();
  const paused = new Set<string>();
  /** Locations whose own users may have installed the app: their removal is told of for certain. */
  const direct = new Set<string>();
  let covered: readonly string[] = [];
  let names = 0;
  let most = agencyLocations;

  async function addLocation(agency: Agency): Promise<void> {
    names += 1;
    const id = `AgencysLocation${String(names).padStart(6, "0")}`;
    await simulator.control("locations", { id, name: `Office ${names}`, companyId: agency.companyId });
    agency.locationIds = [...agency.locationIds, id];
    most = Math.max(most, agency.locationIds.length);
  }

  /** For some of its locations, at random. What was ticked before stays ticked. */
  async function install(agency: Agency): Promise<void> {
    const ticked = agency.locationIds.filter(() => random.chance(0.5));
    const consent = {
      resourceId: agency.companyId,
      installer: "agency",
      locationIds: ticked.length > 0 ? ticked : agency.locationIds.slice(0, 1),
      installToFutureLocations: random.chance(0.5),
      isNew: !agency.isInstalled,
    } as const;
    if (await people.install(consent, random.pick(slots))) agency.isInstalled = true;
  }

  async function uninstallLocation(locationId: string): Promise<void> {
    if (direct.has(locationId)) await weather.keepUninstall(locationId);
    direct.delete(locationId);
    await people.uninstall({ locationId });
  }

  async function removeLocation(agency: Agency): Promise<void> {
    if (agency.locationIds.length <= agencyLocations / 2) return await addLocation(agency);
    const locationId = random.pick(agency.locationIds);
    if (direct.has(locationId)) await weather.keepUninstall(locationId);
    direct.delete(locationId);
    people.forget(locationId);
    await simulator.remove(`locations/${locationId}`);
    agency.locationIds = agency.locationIds.filter((id) => id !== locationId);
  }

  async function rename({ locationIds }: Agency): Promise<void> {
    names += 1;
    await simulator.control(`locations/${random.pick(locationIds)}`, { name: `Office ${names}` });
  }

  async function uninstall(agency: Agency): Promise<void> {
    await weather.keepUninstall(agency.companyId);
    agency.isInstalled = false;
    await people.uninstall({ companyId: agency.companyId });
    // Its locations' own installs have ended with it.
    for (const locationId of agency.locationIds) {
      direct.delete(locationId);
      people.forget(locationId);
    }
    if (random.chance(AT_ONCE_AGAIN)) await install(agency);
  }

  /** Its own user removes the app, and installs it again while HighLevel still says no to the old token. */
  async function installAgain({ locationIds }: Agency, ended: AbortSignal): Promise<void> {
    const installed = locationIds.filter((id) => direct.has(id));
    const locationId = random.pick(installed.length > 0 ? installed : locationIds);
    await faults.orderNext({ ...SLOW_REFRESH, resourceId: locationId });
    await uninstallLocation(locationId);
    await timer(random.between(0, SLOW_MILLISECONDS), undefined, { signal: ended }).catch(() => {});
    await installItself(locationId);
  }

  async function disconnect(agency: Agency, ended: AbortSignal): Promise<void> {
    if (!people.mayDisconnect(agency.companyId)) return await install(agency);
    agency.isInstalled = false;
    await people.disconnect(agency.companyId, ended);
  }

  async function installItself(resourceId: string): Promise<void> {
    direct.add(resourceId);
    const consent = { resourceId, installer: "location", locationIds: [resourceId], isNew: true } as const;
    await people.install(consent, random.pick(slots));
  }

  /** HighLevel gives no token for it meanwhile. Relatch would wait for an hour before it asks again. */
  async function pause({ locationIds }: Agency, ended: AbortSignal): Promise<void> {
    const locationId = random.pick(locationIds);
    paused.add(locationId);
    await simulator.control(`locations/${locationId}`, { active: false });
    for (let asks = 0; asks < ASKS_WHILE_PAUSED && !ended.aborted; asks++) {
      await ask(locationId);
      await timer(random.between(100, 800), undefined, { signal: ended }).catch(() => {});
    }
    await activate(locationId);
    await inPeace(database`
      UPDATE coverages v SET retry_at = now() FROM connections c
      WHERE c.id = v.connection_id AND c.location_id = ${locationId} AND v.problem_code IS NOT NULL`);
    await inPeace(database`
      UPDATE connections SET next_refresh_at = now()
      WHERE location_id = ${locationId} AND problem_code = 'location_inactive' AND lease_id IS NULL`);
  }

  async function activate(locationId: string): Promise<void> {
    await simulator.control(`locations/${locationId}`, { active: true });
    paused.delete(locationId);
  }

  /** Then its locations are listed again. */
  async function passHour({ companyId }: Agency): Promise<void> {
    await inPeace(database`
      UPDATE agencies SET listing_due_at = now() WHERE company_id = ${companyId} AND listing_due_at IS NOT NULL`);
  }

  const always: readonly [name: string, weight: number, act: Act][] = [
    ["location uninstalled", 6, ({ locationIds }) => uninstallLocation(random.pick(locationIds))],
    ["location installed by itself", 3, ({ locationIds }) => installItself(random.pick(locationIds))],
    ["location installed again", 3, installAgain],
    ["location added", 3, addLocation],
    ["location removed", 2, removeLocation],
    ["location renamed", 3, rename],
    ["location paused", 3, pause],
  ];
  const whileInstalled: typeof always = [
    ...always,
    ["agency ticked more", 2, install],
    ["agency uninstalled", 2, uninstall],
    ["agency disconnected", 2, disconnect],
    // Seldom: what a webhook was to bring is found out by that, too.
    ["hour passed", 1, passHour],
  ];
  const whileNot: typeof always = [...always, ["agency installed", 30, install]];

  const agencies = agencyCompanyIds(options.agencies)
    .map((companyId): Agency => ({ companyId, locationIds: [], isInstalled: false }));
  for (const agency of agencies) {
    for (let count = 0; count < agencyLocations; count++) await addLocation(agency);
  }
  return {
    agencies,
    acts,
    async installAll() {
      for (const agency of agencies) {
        await install(agency);
        if (!agency.isInstalled) throw new Error(`Cannot install the app in "${agency.companyId}"`);
      }
    },
    async act(agency, ended) {
      const choice = agency.isInstalled ? whileInstalled : whileNot;
      const [name, , act] = random.pick(choice.flatMap((one) => Array.from({ length: one[1] }, () => one)));
      acts.add(name);
      await act(agency, ended);
    },
    async calm() {
      for (const locationId of paused) await activate(locationId);
    },
    async lookAround() {
      const query = database<{ locationId: string }[]>`
        SELECT c.location_id AS "locationId" FROM coverages v JOIN connections c ON c.id = v.connection_id
        WHERE v.installed ORDER BY 1`;
      const rows = await withinDeadline(query, QUERY_MILLISECONDS).catch(() => undefined);
      if (rows !== undefined) covered = rows.map(({ locationId }) => locationId);
    },
    coveredIds: () => covered,
    locationIds: () => agencies.flatMap(({ locationIds }) => locationIds),
    mostLocations: () => most,
  };
}

/** Nothing happens while the database is away. */
async function inPeace(query: PromiseLike<unknown>): Promise<void> {
  await withinDeadline(query, QUERY_MILLISECONDS).catch(() => {});
}

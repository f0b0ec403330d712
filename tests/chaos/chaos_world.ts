/** Everything that a chaos run starts: database, simulator, the way to it, the servers, and who lives with them. */
import { setTimeout as delay } from "node:timers/promises";
import * as v from "valibot";
import {
  createEncryptionKeyText,
  type EncryptionKeys,
  EncryptionKeysText,
} from "../../server/crypto/encryption_keys.ts";
import { closeDatabase, connectDatabase, type Database } from "../../server/db/connect_database.ts";
import { DEFAULT_REDIRECT_URI, numberedLocations } from "../simulator/default_settings.ts";
import { type DatabaseProxy, startDatabaseProxy } from "../support/database_proxy.ts";
import { makeReachableFolder } from "../support/reachable_folder.ts";
import { type SimulatorProcess, startSimulatorProcess } from "../support/simulator_process.ts";
import { agencyCompanyIds, type AgencyLife, createAgencyLife } from "./agency_life.ts";
import { type ChaosDatabase, startChaosDatabase } from "./chaos_database.ts";
import type { ChaosOptions } from "./chaos_options.ts";
import { API_KEY, startChaosServers } from "./chaos_servers.ts";
import { type CrashCourt, createCrashCourt } from "./crash_court.ts";
import { crashGoals } from "./crash_goals.ts";
import { CrashRequest } from "./crash_points.ts";
import { createDanger, type Danger } from "./danger.ts";
import { createFaultOrders, type FaultOrders } from "./fault_orders.ts";
import { dataFolders, journalFiles } from "./data_folders.ts";
import { createInstallBook, type InstallBook } from "./install_book.ts";
import { createLeases, type Leases } from "./leases.ts";
import type { LogRecord } from "./log_record.ts";
import { createLoneLocations, type LoneLocations } from "./lone_locations.ts";
import { createOutages, type Outages } from "./outages.ts";
import { createPeople, type People } from "./people.ts";
import { createSeededRandom } from "./seeded_random.ts";
import type { ServerSlot } from "./server_slot.ts";
import { createTally, type Tally } from "./tally.ts";
import { createTraffic, type Traffic } from "./traffic.ts";
import { createWebhookWeather, WEBHOOK_SWITCHES, type WebhookWeather } from "./webhook_weather.ts";

export interface ChaosWorld {
  /** Goes past the servers. Fails while the database is away. */
  readonly database: Database;
  readonly keys: EncryptionKeys;
  readonly simulator: SimulatorProcess;
  /** Stands between the servers and the simulator. */
  readonly door: DatabaseProxy;
  readonly slots: readonly ServerSlot[];
  /** Locations without a connected agency, and those of them that keep the app whatever happens. */
  readonly locationIds: readonly string[];
  readonly stableIds: readonly string[];
  readonly danger: Danger;
  readonly outages: Outages;
  readonly court: CrashCourt;
  readonly faults: FaultOrders;
  readonly people: People;
  readonly book: InstallBook;
  readonly agencyLife: AgencyLife;
  /** Of those locations that do not keep the app. */
  readonly loneLocations: LoneLocations;
  readonly weather: WebhookWeather;
  readonly traffic: Traffic;
  readonly leases: Leases;
  /** How many locations HighLevel lists on one page. */
  readonly pageEntries: number;
  /** How server processes ended. */
  readonly ends: Tally;
  /** Files in the recovery journals of all servers. */
  journaled(): Promise<readonly string[]>;
}

export interface ChaosWorldOptions {
  readonly options: ChaosOptions;
  readonly record: LogRecord;
  readonly wantedKills: () => number;
  readonly onViolation: (what: string, locationId?: string) => void;
}

const SLOW_CALLS_BEGIN_MILLISECONDS = 600;
/** Several for each agency, so that a listing can be cut. */
const PAGE_ENTRIES = 4;
/** One of so many locations loses the app at times. */
const CHANGING_SHARE = 8;
const WebhookKey = v.object({ publicKey: v.string() });

/** Starts all of it. What was started is ended by `stack`, the newest first, also when this fails. */
export async function startChaosWorld(
  stack: AsyncDisposableStack,
  { options, record, wantedKills, onViolation }: ChaosWorldOptions,
): Promise<ChaosWorld> {
  const { seed } = options;
  const randomFor = (what: string) => createSeededRandom(`${seed} ${what}`);
  const folder = stack.use(await makeReachableFolder("relatch-test-chaos-"));
  const chaosDatabase: ChaosDatabase = stack.use(await startChaosDatabase(folder.path));
  const database = connectDatabase(chaosDatabase.url);
  stack.defer(() => closeDatabase(database, 1));
  const simulator = stack.use(await startSimulator(options));
  const { publicKey } = v.parse(WebhookKey, await simulator.control("webhooks"));
  const door = stack.use(
    startDatabaseProxy({ hostname: "127.0.0.1", port: Number(new URL(simulator.url).port) }),
  );

  const danger = createDanger(database);
  const faults = createFaultOrders({ simulator, danger, random: randomFor("faults") });
  const outages = createOutages({
    database: chaosDatabase,
    danger,
    random: randomFor("outages"),
    async beforeOutage() {
      await faults.orderSlowCalls();
      await delay(SLOW_CALLS_BEGIN_MILLISECONDS);
    },
  });
  const court = createCrashCourt({
    random: randomFor("court"),
    danger,
    outages,
    goals: crashGoals(options),
    wanted: wantedKills,
  });
  const courtServer = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    const { step, unsecured } = v.parse(CrashRequest, await request.json());
    return Response.json({ crash: await court.mayKill({ kind: step, unsecured }) });
  });
  stack.use(courtServer);

  const keyText = createEncryptionKeyText("chaos");
  const ends = createTally();
  const folders = dataFolders(folder.path, options.servers);
  const slots = startChaosServers(stack, {
    seed,
    dataFolders: folders,
    databaseUrl: chaosDatabase.url,
    encryptionKeys: keyText,
    authorizeUrl: `${simulator.url}/v2/oauth/chooselocation`,
    apiUrl: `http://127.0.0.1:${door.port}`,
    webhookPublicKey: publicKey,
    courtUrl: `http://127.0.0.1:${courtServer.addr.port}`,
    record,
    ends,
    onViolation,
  });
  const locationIds = numberedLocations(options.connections).map(({ id }) => id);
  const isChanging = (_: string, index: number): boolean =>
    options.agencies > 0 && index % CHANGING_SHARE === CHANGING_SHARE - 1;
  const stableIds = locationIds.filter((id, index) => !isChanging(id, index));
  const changingIds = locationIds.filter(isChanging);
  const weather = createWebhookWeather({ simulator, slots, random: randomFor("webhooks") });
  await weather.moveOn();
  const book = createInstallBook();
  const leases = createLeases(database);
  const people = createPeople({
    simulator,
    database,
    slots,
    weather,
    faults,
    leases,
    book,
    record,
    async interrupt(slot) {
      const isAllowed = await court.mayKill({ kind: "outside", unsecured: record.unsecured(slot.name) });
      if (isAllowed) slot.kill();
    },
    random: randomFor("people"),
    onViolation,
  });
  const traffic = createTraffic({
    simulator,
    slots,
    apiKey: API_KEY,
    stableIds,
    changingIds: () => [...changingIds, ...agencyLife.locationIds()],
    coveredIds: () => agencyLife.coveredIds(),
    companyIds: agencyCompanyIds(options.agencies),
    random: randomFor("traffic"),
    onViolation,
  });
  const agencyLife = await createAgencyLife({
    ...options,
    simulator,
    database,
    slots,
    people,
    weather,
    faults,
    random: randomFor("agencies"),
    ask: traffic.ask,
  });
  return {
    database,
    keys: v.parse(EncryptionKeysText, keyText),
    simulator,
    door,
    slots,
    locationIds,
    stableIds,
    danger,
    outages,
    court,
    faults,
    people,
    book,
    agencyLife,
    loneLocations: createLoneLocations({
      locationIds: changingIds,
      faults,
      database,
      slots,
      people,
      weather,
      random: randomFor("lone locations"),
    }),
    weather,
    traffic,
    leases,
    pageEntries: PAGE_ENTRIES,
    ends,
    journaled: () => journalFiles(folders),
  };
}

async function startSimulator(
  { connections, lifetimeSeconds, agencies }: ChaosOptions,
): Promise<SimulatorProcess> {
  await using starting = new AsyncDisposableStack();
  const simulator = starting.use(
    await startSimulatorProcess([DEFAULT_REDIRECT_URI], [
      `--more-locations=${connections}`,
      `--more-companies=${agencies}`,
      `--access-token-seconds=${lifetimeSeconds}`,
    ]),
  );
  await simulator.control("switches", {
    ...WEBHOOK_SWITCHES,
    installedLocationsMax: PAGE_ENTRIES,
    // The access token of an answer that is had again would have ended: here it lives for seconds.
    accessTokenInsideWindow: "fresh",
  });
  starting.move();
  return simulator;
}

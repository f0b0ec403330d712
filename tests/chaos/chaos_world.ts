/** Everything that a chaos run starts: database, simulator, the way to it, and the servers. */
import { setTimeout as delay } from "node:timers/promises";
import { createHash } from "node:crypto";
import * as v from "valibot";
import {
  createEncryptionKeyText,
  type EncryptionKeys,
  EncryptionKeysText,
} from "../../server/crypto/encryption_keys.ts";
import { closeDatabase, connectDatabase, type Database } from "../../server/db/connect_database.ts";
import { withinDeadline } from "../../server/db/database_unavailable.ts";
import {
  DEFAULT_CLIENT_ID,
  DEFAULT_CLIENT_SECRET,
  DEFAULT_REDIRECT_URI,
  numberedLocations,
} from "../simulator/default_settings.ts";
import { type DatabaseProxy, startDatabaseProxy } from "../support/database_proxy.ts";
import { makeReachableFolder } from "../support/reachable_folder.ts";
import { freePort } from "../support/server_process.ts";
import { type SimulatorProcess, startSimulatorProcess } from "../support/simulator_process.ts";
import { type ChaosDatabase, startChaosDatabase } from "./chaos_database.ts";
import type { ChaosOptions } from "./chaos_options.ts";
import { type CrashCourt, createCrashCourt } from "./crash_court.ts";
import { CrashRequest } from "./crash_points.ts";
import { createDanger, type Danger } from "./danger.ts";
import { createFaultOrders, type FaultOrders } from "./fault_orders.ts";
import { dataFolders, journalFiles } from "./data_folders.ts";
import type { LogRecord } from "./log_record.ts";
import { createOutages, type Outages } from "./outages.ts";
import { createSeededRandom } from "./seeded_random.ts";
import { type ServerSlot, startServerSlot } from "./server_slot.ts";
import { createTally, type Tally } from "./tally.ts";
import { createTraffic, type Traffic } from "./traffic.ts";

export interface ChaosWorld {
  /** Goes past the servers. Fails while the database is away. */
  readonly database: Database;
  readonly keys: EncryptionKeys;
  readonly simulator: SimulatorProcess;
  /** Stands between the servers and the simulator. */
  readonly door: DatabaseProxy;
  readonly slots: readonly ServerSlot[];
  readonly locationIds: readonly string[];
  readonly danger: Danger;
  readonly outages: Outages;
  readonly court: CrashCourt;
  readonly faults: FaultOrders;
  readonly traffic: Traffic;
  /** How server processes ended. */
  readonly ends: Tally;
  /** Files in the recovery journals of all servers. */
  journaled(): Promise<readonly string[]>;
}

export interface ChaosWorldOptions {
  readonly options: ChaosOptions;
  readonly record: LogRecord;
  readonly wantedKills: () => number;
  readonly onViolation: (what: string) => void;
}

const API_KEY = "relatch-chaos-run";
const MINUTE_MILLISECONDS = 60_000;
const QUERY_MILLISECONDS = 3000;
const MOST_SKEWED_MINUTES = 3 * 24 * 60;

/** Starts all of it. What was started is ended by `stack`, the newest first, also when this fails. */
export async function startChaosWorld(
  stack: AsyncDisposableStack,
  { options, record, wantedKills, onViolation }: ChaosWorldOptions,
): Promise<ChaosWorld> {
  const { seed } = options;
  const folder = stack.use(await makeReachableFolder("relatch-test-chaos-"));
  const chaosDatabase: ChaosDatabase = stack.use(await startChaosDatabase(folder.path));
  const database = connectDatabase(chaosDatabase.url);
  stack.defer(() => closeDatabase(database, 1));
  const simulator = stack.use(
    await startSimulatorProcess([DEFAULT_REDIRECT_URI], [
      `--more-locations=${options.connections}`,
      `--access-token-seconds=${options.lifetimeSeconds}`,
    ]),
  );
  const door = stack.use(
    startDatabaseProxy({ hostname: "127.0.0.1", port: Number(new URL(simulator.url).port) }),
  );

  const danger = createDanger(database);
  const faults = createFaultOrders({ simulator, danger, random: createSeededRandom(`${seed} faults`) });
  const outages = createOutages({
    database: chaosDatabase,
    danger,
    random: createSeededRandom(`${seed} outages`),
    async beforeOutage() {
      await faults.orderSlowCalls();
      await delay(SLOW_CALLS_BEGIN_MILLISECONDS);
    },
  });
  const court = createCrashCourt({
    random: createSeededRandom(`${seed} court`),
    danger,
    outages,
    wanted: wantedKills,
  });
  const courtServer = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    const { step, unsecured } = v.parse(CrashRequest, await request.json());
    return Response.json({ crash: await court.mayKill({ kind: step, unsecured }) });
  });
  stack.use(courtServer);

  const keyText = createEncryptionKeyText("chaos");
  const ends = createTally();
  const dice = createSeededRandom(`${seed} clocks`);
  const folders = dataFolders(folder.path, options.servers);
  const slots = folders.map((dataFolder, index): ServerSlot => {
    const port = freePort();
    const slot = startServerSlot({
      name: `server-${index + 1}`,
      port,
      seed,
      record,
      ends,
      onViolation,
      settings: {
        PUBLIC_URL: `http://localhost:${port}`,
        DATABASE_URL: chaosDatabase.url,
        DATA_DIR: dataFolder,
        TOKEN_ENCRYPTION_KEYS: keyText,
        HIGHLEVEL_CLIENT_ID: DEFAULT_CLIENT_ID,
        HIGHLEVEL_CLIENT_SECRET: DEFAULT_CLIENT_SECRET,
        HIGHLEVEL_SCOPES: "contacts.readonly contacts.write",
        HIGHLEVEL_AUTHORIZE_URL: `${simulator.url}/v2/oauth/chooselocation`,
        HIGHLEVEL_API_URL: `http://127.0.0.1:${door.port}`,
        API_KEYS: `chaos:${createHash("sha256").update(API_KEY).digest("hex")}`,
        TRUSTED_PROXIES: "127.0.0.1",
        CHAOS_COURT_URL: `http://127.0.0.1:${courtServer.addr.port}`,
        CHAOS_SKEW_MILLISECONDS: String(skewMilliseconds(index, dice.next())),
      },
    });
    stack.defer(() => slot.end());
    return slot;
  });
  const locationIds = numberedLocations(options.connections).map(({ id }) => id);
  const traffic = createTraffic({
    simulator,
    slots,
    locationIds,
    apiKey: API_KEY,
    rotating: () => readRotating(database),
    random: createSeededRandom(`${seed} traffic`),
    onViolation,
  });
  return {
    database,
    keys: v.parse(EncryptionKeysText, keyText),
    simulator,
    door,
    slots,
    locationIds,
    danger,
    outages,
    court,
    faults,
    traffic,
    ends,
    journaled: () => journalFiles(folders),
  };
}

const SLOW_CALLS_BEGIN_MILLISECONDS = 600;

/** Minutes for the first server, up to days for the others, both ways. */
function skewMilliseconds(index: number, dice: number): number {
  const most = index === 0 ? 15 : MOST_SKEWED_MINUTES;
  return Math.round((2 * dice - 1) * most * MINUTE_MILLISECONDS);
}

/** None while the database is away. */
async function readRotating(database: Database): Promise<string[]> {
  try {
    const rows = await withinDeadline(
      database<{ locationId: string }[]>`
        SELECT location_id AS "locationId" FROM connections WHERE lease_expires_at > now() ORDER BY location_id`,
      QUERY_MILLISECONDS,
    );
    return rows.map(({ locationId }) => locationId);
  } catch {
    return [];
  }
}

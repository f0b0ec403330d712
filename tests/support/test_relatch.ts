/** The server's routes with a real database and a simulated HighLevel, without a socket; and an extension's part of the flow. */
import { createHash } from "node:crypto";
import type { Hono } from "hono";
import * as v from "valibot";
import { ConnectionStatus } from "#shared/connection_status.ts";
import { CONNECT_PATH, locationStatusPath, SESSIONS_PATH, WEBHOOKS_PATH } from "#shared/endpoints.ts";
import { SHIPPED_REDIRECT_URLS } from "#shared/extension_identity.ts";
import { SessionResponse } from "#shared/session.ts";
import { type AppDependencies, createApp } from "../../server/app.ts";
import { type Config, readConfig } from "../../server/config.ts";
import {
  createEncryptionKeyText,
  type EncryptionKeys,
  EncryptionKeysText,
} from "../../server/crypto/encryption_keys.ts";
import { createOpaqueToken } from "../../server/crypto/opaque_token.ts";
import { checkEncryptionKeys } from "../../server/db/check_encryption_keys.ts";
import { closeDatabase, connectDatabase, type Database } from "../../server/db/connect_database.ts";
import { migrate } from "../../server/db/migrate.ts";
import type { AppEnv } from "../../server/http/context.ts";
import { createRateLimiter } from "../../server/http/rate_limit.ts";
import { createLogger } from "../../server/log.ts";
import {
  DEFAULT_CLIENT_ID,
  DEFAULT_CLIENT_SECRET,
  DEFAULT_LOCATIONS,
} from "../simulator/default_settings.ts";
import { createSimulator, type Simulator } from "../simulator/simulator.ts";
import { type DatabaseProxy, startDatabaseProxy } from "./database_proxy.ts";
import { openRecoveryJournal, type RecoveryJournal } from "../../server/rotation/recovery_journal.ts";
import { systemClock } from "../../server/rotation/rotation_clock.ts";
import { createRotation, type Rotation, type RotationOptions } from "../../server/rotation/start_rotation.ts";
import { createUpkeep, type Upkeep, type UpkeepOptions } from "../../server/upkeep/start_upkeep.ts";
import { createTestBrowser, redirectOf, type TestBrowser } from "./test_browser.ts";
import type { TestPostgres } from "./test_postgres.ts";

export const PUBLIC_URL = "http://localhost:8787";
export const SIMULATOR_URL = "http://127.0.0.1:8788";
/** Chrome's; where the extension waits. */
export const REDIRECT_URL = SHIPPED_REDIRECT_URLS[0] ?? "";
/** The location that a person chooses when a test does not say otherwise. */
export const LOCATION_ID = DEFAULT_LOCATIONS[0]?.id ?? "";

export interface TestRelatch extends AsyncDisposable {
  readonly app: Hono<AppEnv>;
  readonly config: Config;
  readonly keys: EncryptionKeys;
  readonly database: Database;
  readonly simulator: Simulator;
  /** Stands before the database of a proxied app; the tests' own `database` goes past it. */
  readonly proxy: DatabaseProxy | undefined;
  /** What keeps the connections alive; its scheduler runs only when a test calls it. */
  readonly rotation: Rotation;
  /** What keeps it in step with HighLevel; its worker looks only when a test calls it. */
  readonly upkeep: Upkeep;
  /** Where answers go that the database does not take. */
  readonly journal: RecoveryJournal;
  /** Every line that was logged so far. */
  readonly logLines: readonly string[];
  /** A browser with no cookies yet, to which both the server and HighLevel answer. */
  createBrowser(): TestBrowser;
}

export interface TestRelatchOptions {
  readonly settings?: Readonly<Record<string, string>>;
  readonly dependencies?: Partial<Pick<AppDependencies, "fetch" | "now" | "tokens" | "webhookStored">>;
  readonly rotation?: Partial<Pick<RotationOptions, "clock" | "random" | "reach">>;
  readonly upkeep?: Partial<Pick<UpkeepOptions, "clock" | "random" | "reach" | "fetch">>;
  /** The app reaches the database through a proxy that can be away or silent. */
  readonly proxied?: boolean;
}

/** Routes on a new database of `postgres`, against a new simulator. */
export async function createTestRelatch(
  postgres: Pick<TestPostgres, "createDatabase">,
  options: TestRelatchOptions = {},
): Promise<TestRelatch> {
  const testDatabase = await postgres.createDatabase();
  const database = connectDatabase(testDatabase.options);
  await migrate(database);
  const keys = v.parse(EncryptionKeysText, createEncryptionKeyText("k1"));
  await checkEncryptionKeys(database, keys);
  const simulator = createSimulator({ fetch: (request) => app.fetch(request) });
  for (const simulated of simulator.settings.apps) simulated.webhookUrl = `${PUBLIC_URL}${WEBHOOKS_PATH}`;
  const config = configFor({
    HIGHLEVEL_WEBHOOK_PUBLIC_KEYS: simulator.webhooks.signer.publicKey,
    ...options.settings,
  });
  const rateLimiter = createRateLimiter();
  const limitedKeys = new Set<string | number>();
  const consume = rateLimiter.consume.bind(rateLimiter);
  rateLimiter.consume = (key, ...rest) => {
    limitedKeys.add(key);
    return consume(key, ...rest);
  };
  const logLines: string[] = [];
  const { host, port } = testDatabase.options;
  const proxy = options.proxied ? startDatabaseProxy({ hostname: host, port }) : undefined;
  const appDatabase = proxy === undefined
    ? database
    : connectDatabase({ ...testDatabase.options, port: proxy.port });
  const logger = createLogger({ level: "debug", write: (line) => logLines.push(line) });
  const dataDirectory = await Deno.makeTempDir({ prefix: "relatch-journal-" });
  const journal = await openRecoveryJournal({ dataDirectory, keys });
  const callSimulator: typeof fetch = async (input, init) =>
    await simulator.app.fetch(new Request(input, init));
  const highlevel = options.dependencies?.fetch ?? callSimulator;
  const rotation = createRotation({
    app: config.highlevel,
    keys,
    database: appDatabase,
    fetch: highlevel,
    logger,
    journal,
    clock: systemClock,
    random: Math.random,
    reach: () => {},
    ...options.rotation,
  });
  const upkeep = createUpkeep({
    app: config.highlevel,
    keys,
    database: appDatabase,
    fetch: highlevel,
    logger,
    rotator: rotation.rotator,
    clock: systemClock,
    random: Math.random,
    ...options.upkeep,
  });
  const app = createApp({
    config,
    keys,
    database: appDatabase,
    logger,
    tokens: upkeep.tokens,
    gate: rotation.gate,
    rateLimiter,
    fetch: highlevel,
    now: Date.now,
    afterInstall: upkeep.afterInstall,
    disconnect: upkeep.disconnect,
    webhookStored: () => {},
    ...options.dependencies,
  });
  return {
    app,
    config,
    keys,
    database,
    simulator,
    proxy,
    rotation,
    upkeep,
    journal,
    logLines,
    createBrowser: () =>
      createTestBrowser({
        [config.publicUrl]: (request) => app.fetch(request, {}),
        [SIMULATOR_URL]: (request) => simulator.app.fetch(request),
      }),
    async [Symbol.asyncDispose]() {
      await Promise.all([rotation.stop(), upkeep.stop()]);
      await Deno.remove(dataDirectory, { recursive: true });
      // Their timers.
      for (const key of limitedKeys) await rateLimiter.delete(key);
      await closeDatabase(appDatabase, 1);
      await closeDatabase(database);
      await proxy?.[Symbol.asyncDispose]();
      await testDatabase.drop();
    },
  };
}

function configFor(settings: Readonly<Record<string, string>> = {}): Config {
  const environment: Readonly<Record<string, string>> = {
    PUBLIC_URL,
    HIGHLEVEL_CLIENT_ID: DEFAULT_CLIENT_ID,
    HIGHLEVEL_CLIENT_SECRET: DEFAULT_CLIENT_SECRET,
    HIGHLEVEL_SCOPES: "contacts.readonly contacts.write",
    HIGHLEVEL_AUTHORIZE_URL: `${SIMULATOR_URL}/v2/oauth/chooselocation`,
    HIGHLEVEL_API_URL: SIMULATOR_URL,
    ...settings,
  };
  const config = readConfig((name) => environment[name]);
  if (!config.ok) throw new Error(config.failure.message);
  return config.value;
}

/** What an extension makes for one attempt and keeps to itself. */
export interface TestAttempt {
  readonly codeVerifier: string;
  readonly state: string;
  /** The address that the extension opens in the browser window. */
  readonly connectUrl: URL;
}

/** A PKCE pair and a state of its own (RFC 7636, section 4). `changes` replace or, with `undefined`, drop parameters. */
export function createAttempt(
  changes: Readonly<Record<string, string | undefined>> = {},
  publicUrl = PUBLIC_URL,
): TestAttempt {
  const codeVerifier = createOpaqueToken();
  const state = createOpaqueToken();
  const parameters = {
    redirect_uri: REDIRECT_URL,
    state,
    code_challenge: createHash("sha256").update(codeVerifier).digest("base64url"),
    code_challenge_method: "S256",
    ...changes,
  };
  const connectUrl = new URL(CONNECT_PATH, publicUrl);
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) connectUrl.searchParams.set(name, value);
  }
  return { codeVerifier, state, connectUrl };
}

/** A person's way from the extension's window through HighLevel's page: the callback address that HighLevel sends to. */
export async function chooseLocation(
  browser: TestBrowser,
  { connectUrl }: TestAttempt,
  locationId = LOCATION_ID,
): Promise<URL> {
  const page = await redirectOf(await browser.open(connectUrl));
  return await redirectOf(await browser.submit(page, { location_id: locationId }));
}

/** The whole window: what comes back to the extension in its redirect URL. */
export async function authorize(
  browser: TestBrowser,
  attempt: TestAttempt,
  locationId = LOCATION_ID,
): Promise<URL> {
  return await redirectOf(await browser.open(await chooseLocation(browser, attempt, locationId)));
}

/** `POST /api/sessions`, raw. */
export async function postSession(
  app: Hono<AppEnv>,
  body: Readonly<Record<string, unknown>>,
  token?: string,
): Promise<Response> {
  const headers = {
    "content-type": "application/json",
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  return await app.request(SESSIONS_PATH, { method: "POST", headers, body: JSON.stringify(body) });
}

/** The flow from the first click to the session: what the extension holds afterwards. */
export async function connect(
  relatch: TestRelatch,
  { locationId = LOCATION_ID, token, browser = relatch.createBrowser() }: {
    locationId?: string;
    token?: string;
    browser?: TestBrowser;
  } = {},
): Promise<SessionResponse> {
  const attempt = createAttempt();
  const returned = await authorize(browser, attempt, locationId);
  const body = { code: returned.searchParams.get("code"), codeVerifier: attempt.codeVerifier };
  const response = await postSession(relatch.app, body, token);
  return v.parse(SessionResponse, await response.json());
}

/** What a session sees of a location. */
export async function readStatus(
  app: Hono<AppEnv>,
  token: string,
  locationId = LOCATION_ID,
): Promise<ConnectionStatus> {
  const response = await app.request(locationStatusPath(locationId), {
    headers: { authorization: `Bearer ${token}` },
  });
  return v.parse(ConnectionStatus, await response.json());
}

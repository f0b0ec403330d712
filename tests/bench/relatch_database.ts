/** A database as the server has it, with connections in it that were installed at the simulator. */
import { DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET } from "../simulator/default_settings.ts";
import { type Config, readConfig } from "../../server/config.ts";
import { tokenContext } from "../../server/connections/token_context.ts";
import { createEncryptionKeyText, type EncryptionKeys } from "../../server/crypto/encryption_keys.ts";
import { seal } from "../../server/crypto/seal.ts";
import { closeDatabase, connectDatabase, type Database } from "../../server/db/connect_database.ts";
import { prepareDatabase } from "../../server/db/prepare_database.ts";
import type { DurableCluster } from "./durable_cluster.ts";
import type { BenchInstall } from "./simulator/bench_install.ts";

export interface RelatchDatabase extends AsyncDisposable {
  readonly url: string;
  readonly database: Database;
  readonly keys: EncryptionKeys;
  /** What a server process has to be told to use it. */
  readonly settings: Readonly<Record<string, string>>;
}

/** Rows of one INSERT. */
const AT_ONCE = 500;
/** Nothing is written there as long as the keys are given. */
const NO_KEYS_FOLDER = "/tmp";

/** Migrated, with a key of its own, and empty. */
export async function createRelatchDatabase(
  cluster: Pick<DurableCluster, "createDatabase">,
  { name, simulatorUrl }: { name: string; simulatorUrl: string },
): Promise<RelatchDatabase> {
  const url = await cluster.createDatabase(name);
  const settings = {
    DATABASE_URL: url,
    TOKEN_ENCRYPTION_KEYS: createEncryptionKeyText("bench"),
    HIGHLEVEL_CLIENT_ID: DEFAULT_CLIENT_ID,
    HIGHLEVEL_CLIENT_SECRET: DEFAULT_CLIENT_SECRET,
    HIGHLEVEL_SCOPES: "contacts.readonly contacts.write",
    HIGHLEVEL_API_URL: simulatorUrl,
  };
  const { encryptionKeys: configuredKeys } = configFor(settings);
  const { keys } = await prepareDatabase(url, { configuredKeys, dataDirectory: NO_KEYS_FOLDER });
  // Filling and vacuuming a million rows takes longer than any statement of a server may.
  const database = connectDatabase(url, { statementTimeoutMilliseconds: 0 });
  return { url, database, keys, settings, [Symbol.asyncDispose]: () => closeDatabase(database) };
}

/** The settings as the server reads them. Throws its own words for what it would refuse. */
export function configFor(settings: Readonly<Record<string, string>>): Config {
  const config = readConfig((name) => settings[name]);
  if (!config.ok) throw new Error(config.failure.message);
  return config.value;
}

/** Stores them as connections that are due in a day; returns their ids. */
export async function saveInstalls(
  { database, keys }: RelatchDatabase,
  installs: readonly BenchInstall[],
): Promise<readonly string[]> {
  const rows = installs.map((install) => rowFor(keys, install));
  for (let first = 0; first < rows.length; first += AT_ONCE) {
    await database`INSERT INTO connections ${database(rows.slice(first, first + AT_ONCE))}`;
  }
  return rows.map(({ id }) => id);
}

function rowFor(keys: EncryptionKeys, install: BenchInstall) {
  const id = crypto.randomUUID();
  const expiresAt = new Date(Date.now() + install.expires_in * 1000);
  return {
    id,
    kind: "location",
    location_id: install.locationId,
    location_name: "A location",
    company_id: install.companyId,
    user_id: install.userId,
    scopes: install.scope.split(" "),
    access_token: seal(keys, install.access_token, tokenContext(id, "access_token")),
    refresh_token: seal(keys, install.refresh_token, tokenContext(id, "refresh_token")),
    previous_refresh_token: seal(keys, install.refresh_token, tokenContext(id, "previous_refresh_token")),
    access_token_expires_at: expiresAt,
    next_refresh_at: expiresAt,
  };
}

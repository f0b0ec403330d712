/** Everything that has to be true of the database before the server listens. */
import type { EncryptionKeys } from "../crypto/encryption_keys.ts";
import { checkEncryptionKeys, readKnownKeyIds } from "./check_encryption_keys.ts";
import { checkVersion } from "./check_version.ts";
import { closeDatabase, connectDatabase, type DatabaseTarget } from "./connect_database.ts";
import { migrate } from "./migrate.ts";
import { readOrCreateKeys } from "./read_or_create_keys.ts";

export interface PrepareOptions {
  /** `undefined`: those in `dataDirectory`, which are made for a database that has sealed nothing yet. */
  readonly configuredKeys: EncryptionKeys | undefined;
  readonly dataDirectory: string;
}

/**
 * Version, schema and keys. Throws a sentence for the operator when one of them is not right. Over a pool of its own,
 * because a migration, and the wait for another replica's, may take longer than any other query.
 */
export async function prepareDatabase(
  target: DatabaseTarget,
  { configuredKeys, dataDirectory }: PrepareOptions,
): Promise<{ keys: EncryptionKeys; migrations: readonly string[] }> {
  const database = connectDatabase(target, { statementTimeoutMilliseconds: 0 });
  try {
    await checkVersion(database);
    const migrations = await migrate(database);
    const keys = configuredKeys ?? await readOrCreateKeys(dataDirectory, await readKnownKeyIds(database));
    await checkEncryptionKeys(database, keys);
    return { keys, migrations };
  } finally {
    await closeDatabase(database);
  }
}

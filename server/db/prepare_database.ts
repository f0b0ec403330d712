/** Everything that has to be true of the database before the server listens. */
import type { EncryptionKeys } from "../crypto/encryption_keys.ts";
import { checkEncryptionKeys, readKnownKeyIds } from "./check_encryption_keys.ts";
import { checkVersion } from "./check_version.ts";
import { closeDatabase, connectDatabase, type DatabaseTarget } from "./connect_database.ts";
import { withinDeadline } from "./database_unavailable.ts";
import { migrate } from "./migrate.ts";
import { readOrCreateKeys } from "./read_or_create_keys.ts";

/** A start that waits for a connection that died is worse than one that fails: the next one may succeed. */
const QUESTION_MILLISECONDS = 15_000;
/** Longer than a look at every token of a large table takes. */
const CHECK_MILLISECONDS = 120_000;

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
    await withinDeadline(checkVersion(database), QUESTION_MILLISECONDS);
    const migrations = await migrate(database);
    const keys = configuredKeys ?? await readOrCreateKeys(
      dataDirectory,
      await withinDeadline(readKnownKeyIds(database), QUESTION_MILLISECONDS),
    );
    await withinDeadline(checkEncryptionKeys(database, keys), CHECK_MILLISECONDS);
    return { keys, migrations };
  } finally {
    await closeDatabase(database);
  }
}

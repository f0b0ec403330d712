/** Proves at start that the configured keys are the ones this database was sealed with, before anything is written. */
import type { EncryptionKey, EncryptionKeys } from "../crypto/encryption_keys.ts";
import { open, seal, SealError } from "../crypto/seal.ts";
import type { Database, Queryable, Transaction } from "./connect_database.ts";

const KNOWN_VALUE = "relatch";

/**
 * Opens the known value of every configured key, stores one for a new key, and looks for stored tokens of keys that are
 * no longer configured. Throws {@linkcode SealError} with the id of the first key that is wrong or missing; nothing is
 * changed then.
 */
export async function checkEncryptionKeys(database: Database, keys: EncryptionKeys): Promise<void> {
  await database.begin(async (tx) => {
    for (const key of keys) {
      const context = `encryption_key_checks/${key.id}`;
      await tx`
        INSERT INTO encryption_key_checks (key_id, sealed) VALUES (${key.id}, ${
        seal([key], KNOWN_VALUE, context)
      })
        ON CONFLICT DO NOTHING`;
      const [row] = await tx<{ sealed: Uint8Array }[]>`
        SELECT sealed FROM encryption_key_checks WHERE key_id = ${key.id}`;
      if (row === undefined || !opens(key, row.sealed, context)) {
        throw new SealError(key.id, "the key of this id is not the one that this database was sealed with");
      }
    }
    const missing = (await readKnownKeyIds(tx)).filter((id) => keys.every((key) => key.id !== id));
    const orphanId = missing.length === 0 ? undefined : await findUsedKeyId(tx, missing);
    if (orphanId !== undefined) {
      throw new SealError(orphanId, "no key of this id is in TOKEN_ENCRYPTION_KEYS");
    }
  });
}

/**
 * One of `ids` that a stored token was sealed with. It reads the whole table, so it is asked only when a key is gone: a
 * million connections take some ten seconds, and a server that starts may have rotations to go on with.
 */
async function findUsedKeyId(tx: Transaction, ids: readonly string[]): Promise<string | undefined> {
  // The key id stands in the sealed value itself, after a byte of format and a byte of length.
  const [used] = await tx<{ keyId: string }[]>`
    SELECT id AS "keyId" FROM (
      SELECT convert_from(substring(token FROM 3 FOR get_byte(token, 1)), 'UTF8') AS id
      FROM connections, LATERAL (VALUES (access_token), (refresh_token)) AS sealed(token)
      WHERE token IS NOT NULL
    ) AS used WHERE id = ANY(${ids}) LIMIT 1`;
  return used?.keyId;
}

/**
 * Ids of the keys that this database has known so far; empty for one in which nothing was ever sealed. No key seals
 * before it is among them.
 */
export async function readKnownKeyIds(database: Queryable): Promise<readonly string[]> {
  const rows = await database<
    { id: string }[]
  >`SELECT key_id AS id FROM encryption_key_checks ORDER BY key_id`;
  return rows.map(({ id }) => id);
}

function opens(key: EncryptionKey, sealed: Uint8Array, context: string): boolean {
  try {
    return open([key], sealed, context) === KNOWN_VALUE;
  } catch (error) {
    if (error instanceof SealError) return false;
    throw error;
  }
}

/** Finds the connection that a key asks for, as far as the key's scope lets it. */
import { timingSafeEqual } from "@std/crypto";
import type { Config } from "../config.ts";
import { digestOf } from "../crypto/opaque_token.ts";
import type { Database } from "../db/connect_database.ts";
import { findConfiguredKey } from "./configured_key.ts";
import type { TokenSubject } from "./key_scope.ts";
import { parseKeyId } from "./key_text.ts";

/** A use is written down when the last one that was is older: a key in use costs one write in this time. */
export const USE_NOTED_EVERY_SECONDS = 300;

/** The key is live; `connectionId` is `null` for what does not exist and for what the key may not see alike. */
export interface KeyView {
  readonly keyName: string;
  readonly connectionId: string | null;
  /** The id of a stored key whose use has to be written down by {@linkcode noteUse}. */
  readonly useToNote: string | undefined;
}

/** `undefined` when no key has this text, or when it was revoked. One query; none for text that cannot be a key. */
export async function findConnection(
  { config, database }: { config: Config; database: Database },
  { keyText, subject }: { keyText: string; subject: TokenSubject },
): Promise<KeyView | undefined> {
  const digest = digestOf(keyText);
  const configured = findConfiguredKey(config.apiKeys, digest);
  if (configured !== undefined) {
    const connectionId = await findAny(database, subject);
    return { keyName: configured.name, connectionId, useToNote: undefined };
  }
  const keyId = parseKeyId(keyText);
  return keyId === undefined ? undefined : await findInScope(database, { keyId, digest, subject });
}

/** Writes down that a key was used, unless another request just did. */
export async function noteUse(db: Database, keyId: string): Promise<void> {
  await db`UPDATE api_keys AS k SET last_used_at = now() WHERE k.id = ${keyId} AND ${isUseDue(db)}`;
}

async function findAny(db: Database, subject: TokenSubject): Promise<string | null> {
  const [row] = await db<{ id: string }[]>`SELECT c.id FROM connections c WHERE ${
    isConnectionOf(db, subject)
  }`;
  return row?.id ?? null;
}

async function findInScope(
  db: Database,
  { keyId, digest, subject }: { keyId: string; digest: Uint8Array; subject: TokenSubject },
): Promise<KeyView | undefined> {
  // The database never sees the digest that was sent: its time tells nothing of a secret.
  const [row] = await db<
    { name: string; digest: Uint8Array; isUseDue: boolean; connectionId: string | null }[]
  >`
    SELECT k.name, k.key_digest AS digest, ${isUseDue(db)} AS "isUseDue", c.id AS "connectionId"
    FROM api_keys k
    LEFT JOIN connections c ON ${isConnectionOf(db, subject)} AND CASE k.scope_kind
      WHEN 'location' THEN c.kind = 'location' AND c.location_id = k.scope_id
      WHEN 'company' THEN c.company_id = k.scope_id
    END
    WHERE k.id = ${keyId} AND k.revoked_at IS NULL`;
  if (row === undefined || !timingSafeEqual(row.digest, digest)) return undefined;
  return {
    keyName: row.name,
    connectionId: row.connectionId,
    useToNote: row.isUseDue ? keyId : undefined,
  };
}

/**
 * Whether tokens are there is not asked here: who hands them out knows. What a person disconnected is not there any more,
 * however long HighLevel takes to confirm it.
 */
function isConnectionOf(db: Database, { kind, id }: TokenSubject) {
  return kind === "location"
    ? db`c.kind = 'location' AND c.location_id = ${id} AND c.removal_requested_at IS NULL`
    : db`c.kind = 'company' AND c.company_id = ${id} AND c.removal_requested_at IS NULL`;
}

function isUseDue(db: Database) {
  return db`coalesce(k.last_used_at < now() - make_interval(secs => ${USE_NOTED_EVERY_SECONDS}), true)`;
}

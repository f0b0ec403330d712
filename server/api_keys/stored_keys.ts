/** The keys in the database, as the admin command makes, lists and revokes them. */
import type { Database } from "../db/connect_database.ts";
import { failure, type Result, success } from "../result.ts";
import type { KeyScope } from "./key_scope.ts";
import { createKey } from "./key_text.ts";

/** What may be known of a key after it was made. Times are `null` for what has not happened. */
export interface StoredKey {
  readonly id: string;
  readonly name: string;
  readonly scope: KeyScope;
  readonly createdAt: Date;
  /** Up to some minutes older than the last use. */
  readonly lastUsedAt: Date | null;
  readonly revokedAt: Date | null;
}

/** Stores the digest of a fresh key and returns its text, which nobody can learn again. Refuses the name of a live key. */
export async function storeKey(
  db: Database,
  { name, scope }: { name: string; scope: KeyScope },
): Promise<Result<string, { reason: "name_taken" }>> {
  const key = createKey();
  const stored = await db`
    INSERT INTO api_keys (id, name, key_digest, scope_kind, scope_id)
    VALUES (${key.id}, ${name}, ${key.digest}, ${scope.kind}, ${scope.id})
    ON CONFLICT (name) WHERE revoked_at IS NULL DO NOTHING
    RETURNING id`;
  return stored.length === 0 ? failure({ reason: "name_taken" }) : success(key.text);
}

/** All keys, the revoked ones too, in the order in which they were made. */
export async function readKeys(db: Database): Promise<readonly StoredKey[]> {
  const rows = await db<(Omit<StoredKey, "scope"> & { scopeKind: KeyScope["kind"]; scopeId: string })[]>`
    SELECT id, name, scope_kind AS "scopeKind", scope_id AS "scopeId", created_at AS "createdAt",
      last_used_at AS "lastUsedAt", revoked_at AS "revokedAt"
    FROM api_keys ORDER BY created_at, id`;
  return rows.map(({ id, name, scopeKind, scopeId, ...times }) => ({
    id,
    name,
    scope: { kind: scopeKind, id: scopeId },
    ...times,
  }));
}

/** Ends the live key of this name for good: the next request with it is refused. False when there is none. */
export async function revokeKey(db: Database, name: string): Promise<boolean> {
  const revoked = await db`
    UPDATE api_keys SET revoked_at = now() WHERE name = ${name} AND revoked_at IS NULL RETURNING id`;
  return revoked.length > 0;
}

/** True when there is a connection that a key of this scope may see. */
export async function hasConnection(db: Database, { kind, id }: KeyScope): Promise<boolean> {
  const column = kind === "location" ? db`location_id` : db`company_id`;
  const found = await db`SELECT 1 FROM connections WHERE ${column} = ${id} LIMIT 1`;
  return found.length > 0;
}

/** What the key commands do with the database, and what they say. Only `out` may get a key. */
import { hasConnection, readKeys, revokeKey, storeKey } from "../api_keys/stored_keys.ts";
import type { KeyScope } from "../api_keys/key_scope.ts";
import type { Database } from "../db/connect_database.ts";
import { keysAsJson, keyTable } from "./key_list.ts";

/** Where a command speaks: `out` is for the result alone, so that it can be piped, `say` for words about it. */
export interface Speech {
  out(text: string): void;
  say(text: string): void;
}

/** Makes a key and prints it, the only time that it can be read. Throws when a live key has the name. */
export async function createKeyCommand(
  database: Database,
  { name, scope }: { name: string; scope: KeyScope },
  { out, say }: Speech,
): Promise<void> {
  const stored = await storeKey(database, { name, scope });
  if (!stored.ok) {
    throw new Error(
      `Cannot create the key "${name}": a live key has this name: revoke it, or choose another`,
    );
  }
  try {
    out(stored.value);
  } catch (cause) {
    throw new Error(`Created the key "${name}" and could not print it: revoke it, and make another`, {
      cause,
    });
  }
  say(
    `Created the key "${name}" for ${scope.kind} "${scope.id}". It is shown this once: keep it like a password.`,
  );
  if (!await hasConnection(database, scope)) {
    say(`No connection of ${scope.kind} "${scope.id}" is there yet: the key is of use once there is one.`);
  }
}

/** Prints every key, the revoked ones too. */
export async function listKeysCommand(
  database: Database,
  { json }: { json: boolean },
  { out, say }: Speech,
): Promise<void> {
  const keys = await readKeys(database);
  if (json) out(keysAsJson(keys));
  else if (keys.length > 0) out(keyTable(keys));
  else say('No keys yet: make one with "deno task admin keys create"');
}

/** Revokes the live key of this name. Throws when there is none. */
export async function revokeKeyCommand(database: Database, name: string, { say }: Speech): Promise<void> {
  if (!await revokeKey(database, name)) {
    throw new Error(`Cannot revoke the key "${name}": no live key has this name ("keys list" shows all)`);
  }
  say(`Revoked the key "${name}": it is refused from now on.`);
}

/** The encryption keys of the embedded database: one file beside it, made at the first start, readable by its owner. */
import { dirname } from "node:path";
import * as v from "valibot";
import {
  createEncryptionKeyText,
  type EncryptionKeys,
  EncryptionKeysText,
} from "../crypto/encryption_keys.ts";
import { syncDirectory } from "./sync_directory.ts";
import { unlessMissing } from "./unless_missing.ts";

const FILE_NAME = "token-encryption-keys";

/**
 * Reads `token-encryption-keys` in `dataDirectory`, in the form of `TOKEN_ENCRYPTION_KEYS`. Where it is missing it is
 * created with one random key, but never for a database that has known keys: what they sealed would be lost. Throws
 * when the file is missing or cannot be used; nothing is changed then.
 */
export async function readOrCreateKeys(
  dataDirectory: string,
  knownKeyIds: readonly string[],
): Promise<EncryptionKeys> {
  const path = `${dataDirectory}/${FILE_NAME}`;
  const text = await unlessMissing(Deno.readTextFile(path)) ?? await createFile(path, knownKeyIds);
  const keys = v.safeParse(EncryptionKeysText, text.trim());
  if (!keys.success) throw new Error(`Cannot use the keys in "${path}": ${keys.issues[0].message}`);
  return keys.output;
}

/** Written aside, flushed and renamed: a crash leaves no half a key, and nothing is sealed with a key that is gone. */
async function createFile(path: string, knownKeyIds: readonly string[]): Promise<string> {
  if (knownKeyIds.length > 0) {
    const ids = knownKeyIds.map((id) => `"${id}"`).join(", ");
    throw new Error(
      `Cannot find "${path}": this database was sealed with key ${ids}; restore the file from a backup`,
    );
  }
  const text = createEncryptionKeyText("k1");
  const draft = `${path}.${crypto.randomUUID()}`;
  {
    using file = await Deno.open(draft, { createNew: true, write: true, mode: 0o600 });
    await file.write(new TextEncoder().encode(text + "\n"));
    await file.sync();
  }
  await Deno.rename(draft, path);
  await syncDirectory(dirname(path));
  return text;
}

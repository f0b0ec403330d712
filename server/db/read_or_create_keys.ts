/** The encryption keys of the embedded database: one file beside it, made at the first start, readable by its owner. */
import * as v from "valibot";
import {
  createEncryptionKeyText,
  type EncryptionKeys,
  EncryptionKeysText,
} from "../crypto/encryption_keys.ts";
import { unlessMissing } from "./unless_missing.ts";
import { writeDurably } from "./write_durably.ts";

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

/** A crash leaves no half a key, and nothing is sealed with a key that is gone. */
async function createFile(path: string, knownKeyIds: readonly string[]): Promise<string> {
  if (knownKeyIds.length > 0) {
    const ids = knownKeyIds.map((id) => `"${id}"`).join(", ");
    throw new Error(
      `Cannot find "${path}": this database was sealed with key ${ids}; restore the file from a backup`,
    );
  }
  const text = createEncryptionKeyText("k1");
  await writeDurably(path, new TextEncoder().encode(text + "\n"));
  return text;
}

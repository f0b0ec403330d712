/** The encryption keys of the embedded database: one file beside it, made at the first start, readable by its owner. */
import * as v from "valibot";
import {
  createEncryptionKeyText,
  type EncryptionKeys,
  EncryptionKeysText,
} from "../crypto/encryption_keys.ts";

const FILE_NAME = "token-encryption-keys";

/**
 * Reads `token-encryption-keys` in `dataDirectory`, in the form of `TOKEN_ENCRYPTION_KEYS`, or creates it with one
 * random key. Whoever backs up the database needs this file too. Throws when the file is there and is not usable.
 */
export async function readOrCreateKeys(dataDirectory: string): Promise<EncryptionKeys> {
  const path = `${dataDirectory}/${FILE_NAME}`;
  const text = await readText(path) ?? await createFile(path, createEncryptionKeyText("k1"));
  const keys = v.safeParse(EncryptionKeysText, text.trim());
  if (!keys.success) throw new Error(`Cannot use the keys in "${path}": ${keys.issues[0].message}`);
  return keys.output;
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Written aside, flushed and renamed: a crash leaves no half a key, and nothing was sealed with a key that is gone. */
async function createFile(path: string, text: string): Promise<string> {
  const draft = `${path}.${crypto.randomUUID()}`;
  {
    using file = await Deno.open(draft, { createNew: true, write: true, mode: 0o600 });
    await file.write(new TextEncoder().encode(text + "\n"));
    await file.sync();
  }
  await Deno.rename(draft, path);
  return text;
}

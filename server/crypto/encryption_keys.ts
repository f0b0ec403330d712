/** The keys that seal tokens at rest: parsed from the setting, or made once for the embedded database. */
import { hkdfSync } from "node:crypto";
import * as v from "valibot";
import { crypto } from "@std/crypto";

const KEY_BYTES = 32;

/** An AES-256 key and the id under which sealed values name it. */
export interface EncryptionKey {
  readonly id: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** At least one key; the first encrypts, all decrypt. */
export type EncryptionKeys = readonly [EncryptionKey, ...EncryptionKey[]];

/** `id:base64`, several separated by commas: ids of 1 to 32 characters of `[A-Za-z0-9_.-]`, keys of 32 bytes. */
export const EncryptionKeysText = v.pipe(
  v.string(),
  v.rawTransform<string, EncryptionKeys>(({ dataset, addIssue, NEVER }) => {
    const keys: EncryptionKey[] = [];
    for (const [index, entry] of dataset.value.split(",").entries()) {
      const [, id, encoded] = /^([\w.-]{1,32}):([A-Za-z0-9+/]{43}=)$/.exec(entry.trim()) ?? [];
      if (id === undefined || encoded === undefined) {
        addIssue({
          message: `Expected "id:base64" with a key of ${KEY_BYTES} bytes, separated by commas: entry ${
            index + 1
          } is not`,
        });
        return NEVER;
      }
      if (keys.some((key) => key.id === id)) {
        addIssue({ message: `Expected every key id once: "${id}" is there twice` });
        return NEVER;
      }
      keys.push({ id, bytes: Uint8Array.fromBase64(encoded) });
    }
    const [first, ...others] = keys;
    if (first === undefined) return NEVER;
    return [first, ...others];
  }),
);

/** A fresh random key under `id`, in the form that {@linkcode EncryptionKeysText} reads. */
export function createEncryptionKeyText(id: string): string {
  return `${id}:${crypto.getRandomValues(new Uint8Array(KEY_BYTES)).toBase64()}`;
}

/**
 * Keys for one other purpose (HKDF with SHA-256, RFC 5869), under the same ids: what is sealed for anonymous visitors
 * does not use up the nonces of the keys that seal tokens.
 */
export function deriveKeys(keys: EncryptionKeys, purpose: string): EncryptionKeys {
  const derive = ({ id, bytes }: EncryptionKey): EncryptionKey => ({
    id,
    bytes: new Uint8Array(hkdfSync("sha256", bytes, new Uint8Array(), purpose, KEY_BYTES)),
  });
  const [first, ...others] = keys;
  return [derive(first), ...others.map(derive)];
}

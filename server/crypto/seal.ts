/**
 * AES-256-GCM over short secrets (NIST SP 800-38D). A sealed value carries the id of its key, and opens only in the
 * context it was sealed for, so that a value moved to another row or column does not open.
 */
import { Buffer } from "node:buffer";
import { createCipheriv, createDecipheriv } from "node:crypto";
import { crypto } from "@std/crypto";
import type { EncryptionKey, EncryptionKeys } from "./encryption_keys.ts";

const FORMAT = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** The key is not configured, or the value was changed, moved, or sealed with another key of that id. */
export class SealError extends Error {
  override readonly name = "SealError";
  readonly keyId: string;
  constructor(keyId: string, reason: string, options?: ErrorOptions) {
    super(`Cannot open a value sealed with key "${keyId}": ${reason}`, options);
    this.keyId = keyId;
  }
}

/**
 * Encrypts `plaintext` with the first key under a fresh nonce. `context` is authenticated, not stored. The result is
 * `format(1) · id length(1) · key id · nonce(12) · ciphertext · tag(16)`; SQL reads the key id from there too.
 */
export function seal(keys: EncryptionKeys, plaintext: string, context: string): Uint8Array<ArrayBuffer> {
  const [key] = keys;
  const keyId = new TextEncoder().encode(key.id);
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  const header = Uint8Array.of(FORMAT, keyId.length, ...keyId);
  const cipher = createCipheriv("aes-256-gcm", key.bytes, nonce);
  cipher.setAAD(additionalData(header, context));
  return concatenate([header, nonce, cipher.update(plaintext, "utf8"), cipher.final(), cipher.getAuthTag()]);
}

/** Decrypts what {@linkcode seal} made for the same context. Throws {@linkcode SealError}; the value stays as it is. */
export function open(keys: EncryptionKeys, sealed: Uint8Array, context: string): string {
  const { header, keyId, nonce, ciphertext, tag } = split(sealed);
  const key = keyFor(keys, keyId);
  const decipher = createDecipheriv("aes-256-gcm", key.bytes, nonce);
  decipher.setAAD(additionalData(header, context));
  decipher.setAuthTag(tag);
  try {
    return decipher.update(ciphertext, undefined, "utf8") + decipher.final("utf8");
  } catch (cause) {
    throw new SealError(keyId, "the key or the place is another one, or the value was changed", { cause });
  }
}

function split(sealed: Uint8Array) {
  const idLength = sealed[1] ?? 0;
  const body = 2 + idLength;
  if (sealed[0] !== FORMAT || sealed.length < body + NONCE_BYTES + TAG_BYTES) {
    throw new SealError("unknown", "the value is not in a known format");
  }
  const header = sealed.subarray(0, body);
  return {
    header,
    keyId: new TextDecoder().decode(header.subarray(2)),
    nonce: sealed.subarray(body, body + NONCE_BYTES),
    ciphertext: sealed.subarray(body + NONCE_BYTES, -TAG_BYTES),
    tag: sealed.subarray(-TAG_BYTES),
  };
}

function keyFor(keys: EncryptionKeys, id: string): EncryptionKey {
  const key = keys.find((candidate) => candidate.id === id);
  if (key === undefined) throw new SealError(id, "no key of this id is in TOKEN_ENCRYPTION_KEYS");
  return key;
}

function additionalData(header: Uint8Array, context: string): Uint8Array {
  return concatenate([header, new TextEncoder().encode(context)]);
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.concat(parts));
}

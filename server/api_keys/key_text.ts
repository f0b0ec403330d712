/**
 * The text of an API key, `relatch_<id>_<secret>`: the id is public and finds the key's row, the prefix lets secret
 * scanners recognise it, and no session token or grant code looks like it.
 */
import { crypto } from "@std/crypto";
import { createOpaqueToken, digestOf } from "../crypto/opaque_token.ts";

const ID_BYTES = 8;
/** 64 bits of id in hex, 256 bits of secret in base64url: 68 characters in all. */
const KEY_TEXT = /^relatch_([0-9a-f]{16})_[A-Za-z0-9_-]{43}$/;

/** A key that was just made: the only moment at which its text is known. */
export interface NewKey {
  readonly id: string;
  readonly text: string;
  /** SHA-256 of the whole text. */
  readonly digest: Uint8Array<ArrayBuffer>;
}

/** A key that nobody has seen yet; nothing is stored. */
export function createKey(): NewKey {
  const id = crypto.getRandomValues(new Uint8Array(ID_BYTES)).toHex();
  const text = `relatch_${id}_${createOpaqueToken()}`;
  return { id, text, digest: digestOf(text) };
}

/** The id in the text of a key, or `undefined` for text of another form. It says nothing about whether the key exists. */
export function parseKeyId(text: string): string | undefined {
  return KEY_TEXT.exec(text)?.[1];
}

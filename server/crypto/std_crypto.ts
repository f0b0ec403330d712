/**
 * What the bare name `@std/crypto` is mapped to: the parts of that JSR package that Relatch uses, under the same
 * names and signatures, because everything here installs from npm alone. Swapping in the package is one line in
 * `deno.json`.
 */
import { timingSafeEqual as nodeTimingSafeEqual } from "node:crypto";

/** Web Crypto; the package extends this same object with more digest algorithms, which Relatch does not use. */
export const crypto: Crypto = globalThis.crypto;

/** Compares in a time that depends on the lengths only. Unlike `node:crypto`, other lengths are unequal, not an error. */
export function timingSafeEqual(
  a: ArrayBufferView | ArrayBufferLike | DataView,
  b: ArrayBufferView | ArrayBufferLike | DataView,
): boolean {
  if (a.byteLength !== b.byteLength) return false;
  return nodeTimingSafeEqual(bytesOf(a), bytesOf(b));
}

function bytesOf(value: ArrayBufferView | ArrayBufferLike | DataView): Uint8Array {
  return ArrayBuffer.isView(value)
    ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
    : new Uint8Array(value);
}

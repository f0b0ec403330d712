/** Tells what HighLevel signed from what anybody could have sent. Signed means "HighLevel sent it", not "for this app". */
import { Buffer } from "node:buffer";
import { createPublicKey, type KeyObject, verify } from "node:crypto";

/** Base64 of an Ed25519 signature over the raw body (HighLevel fact 5.3). The legacy `X-WH-Signature` is not looked at. */
export const SIGNATURE_HEADER = "x-ghl-signature";

/** 64 bytes in base64. `N/A`, which HighLevel sends for "no signature", is none. */
const SIGNATURE_PATTERN = /^[A-Za-z0-9+/]{86}==$/;

/**
 * A check of raw bodies against any of the keys (SPKI, DER). The check never throws, and takes some 40 µs a key; making it
 * throws for a key that is none.
 */
export function createSignatureCheck(
  publicKeys: readonly Uint8Array[],
): (body: Uint8Array, signature: string | undefined) => boolean {
  const keys = publicKeys.map(importKey);
  return (body, signature) => {
    if (signature === undefined || !SIGNATURE_PATTERN.test(signature)) return false;
    const bytes = Uint8Array.fromBase64(signature);
    return keys.some((key) => verify(null, body, key, bytes));
  };
}

/** Not every text of the right form is a point of the curve. */
function importKey(der: Uint8Array): KeyObject {
  try {
    return createPublicKey({ key: Buffer.from(der), format: "der", type: "spki" });
  } catch (cause) {
    throw new Error("Cannot use one of HIGHLEVEL_WEBHOOK_PUBLIC_KEYS: it is not an Ed25519 key", { cause });
  }
}

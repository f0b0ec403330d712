/**
 * One attempt to connect, from `/connect` to the callback. It lives sealed in a cookie of the browser that started
 * it, so a visitor cannot fill a table, and a callback in another browser finds nothing to exchange for.
 */
import { timingSafeEqual } from "@std/crypto";
import * as v from "valibot";
import type { EncryptionKeys } from "../crypto/encryption_keys.ts";
import { digestOf } from "../crypto/opaque_token.ts";
import { open, seal, SealError } from "../crypto/seal.ts";

/** How long a person may take on HighLevel's page. */
export const ATTEMPT_SECONDS = 600;
/** For the keys that seal attempts: derived from those of the tokens. */
export const ATTEMPT_PURPOSE = "attempt";

const Attempt = v.object({
  /** Where the extension waits: one of `EXTENSION_REDIRECT_URLS`. */
  redirectUrl: v.string(),
  /** The extension's own `state`, given back to it unchanged. */
  state: v.string(),
  /** RFC 7636, S256: whoever brings the verifier started this attempt. */
  codeChallenge: v.string(),
  /** The `state` that HighLevel has to bring back. */
  highlevelState: v.string(),
  /** Milliseconds since 1970. */
  expiresAt: v.number(),
});
export type Attempt = v.InferOutput<typeof Attempt>;

/** Every attempt has a cookie of its own, named after its state: attempts in two windows do not disturb each other. */
export function attemptName(highlevelState: string): string {
  return ATTEMPT_NAME_PREFIX + digestOf(highlevelState).toHex().slice(0, 16);
}
export const ATTEMPT_NAME_PREFIX = "relatch-attempt-";

/** The attempt as a cookie value: base64url of a sealed JSON text. */
export function sealAttempt(keys: EncryptionKeys, attempt: Attempt): string {
  return seal(keys, JSON.stringify(attempt), attemptName(attempt.highlevelState))
    .toBase64({ alphabet: "base64url", omitPadding: true });
}

/** The attempt that `highlevelState` belongs to, or `undefined` for a value that this server did not seal for it. */
export function openAttempt(
  keys: EncryptionKeys,
  { value, highlevelState }: { value: string; highlevelState: string },
): Attempt | undefined {
  const attempt = openValue(keys, value, attemptName(highlevelState));
  if (attempt === undefined) return undefined;
  return timingSafeEqual(digestOf(attempt.highlevelState), digestOf(highlevelState)) ? attempt : undefined;
}

function openValue(keys: EncryptionKeys, value: string, context: string): Attempt | undefined {
  try {
    const sealed = Uint8Array.fromBase64(value, { alphabet: "base64url" });
    return v.parse(Attempt, JSON.parse(open(keys, sealed, context)));
  } catch (error) {
    // A foreign cookie value is somebody's input, not a fault of ours.
    if (error instanceof SealError || error instanceof SyntaxError || error instanceof v.ValiError) {
      return undefined;
    }
    throw error;
  }
}

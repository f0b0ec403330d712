/** Random credentials that mean nothing by themselves (sessions, grant codes, `state`), and their digests at rest. */
import { createHash } from "node:crypto";
import { crypto } from "@std/crypto";

const TOKEN_BYTES = 32;

/** 256 random bits as 43 base64url characters. */
export function createOpaqueToken(): string {
  return crypto.getRandomValues(new Uint8Array(TOKEN_BYTES)).toBase64({
    alphabet: "base64url",
    omitPadding: true,
  });
}

/**
 * SHA-256 of a token, 32 bytes: what the database keeps. `node:crypto`, because it answers a short input many times
 * faster than Web Crypto and this runs on every request with a session.
 */
export function digestOf(token: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(createHash("sha256").update(token).digest());
}

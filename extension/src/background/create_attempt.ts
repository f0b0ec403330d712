/** A fresh attempt with its PKCE pair (RFC 7636) and its own `state`, 256 random bits each. */
import type { ConnectingAttempt } from "../attempt.ts";

/** Starts an attempt at `server` for the location in view. */
export function createAttempt(
  { server, locationId, now }: { server: string; locationId: string | null; now: number },
): ConnectingAttempt {
  return {
    phase: "connecting",
    state: randomToken(),
    codeVerifier: randomToken(),
    server,
    locationId,
    windowId: null,
    startedAt: now,
  };
}

/** RFC 7636, section 4.2: the S256 challenge of a code verifier. */
export async function codeChallengeFor(codeVerifier: string): Promise<string> {
  return base64Url(
    new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(codeVerifier))),
  );
}

function randomToken(): string {
  return base64Url(crypto.getRandomValues(new Uint8Array(32)));
}

function base64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/**
 * Tokens in the form of HighLevel's: RS256 headers, fractional times, 512 bytes of signature. HighLevel publishes no
 * keys, so nobody can verify one, and the signature here is random bytes.
 */
import { Buffer } from "node:buffer";
import { randomBytes, randomUUID } from "node:crypto";
import { appIdOf } from "./settings.ts";
import type { Consent } from "./token_registry.ts";

/** An access token of HighLevel lives a day (the claims say 86400 seconds, the answer 86399). */
export const ACCESS_TOKEN_SECONDS = 86_400;
/** A refresh token lives 8760 hours, or until it is used. */
export const REFRESH_TOKEN_SECONDS = 8760 * 3600;

const SIGNATURE_BYTES = 512;
const HEADER = encode({ alg: "RS256", typ: "JWT" });

/** An access token for what was allowed, which lives `seconds`. `now` is in milliseconds. Minted ones have an id. */
export function accessTokenFor(
  consent: Consent,
  { now, seconds, minted }: { now: number; seconds: number; minted: boolean },
): string {
  const id = minted ? { jti: randomUUID() } : {};
  return sign({ ...claimsFor(consent), ...lifetime(now, seconds), ...id });
}

/** A refresh token: the same claims with a year to live, a unique id and a version. */
export function refreshTokenFor(consent: Consent, now: number): string {
  const claims = { ...claimsFor(consent), ...lifetime(now, REFRESH_TOKEN_SECONDS) };
  return sign({ ...claims, uniqueId: randomUUID(), v: "2" });
}

/** True for three base64url parts with dots between them, whatever they say. */
export function looksLikeJsonWebToken(text: string): boolean {
  return /^[\w-]+\.[\w-]+\.[\w-]+$/.test(text);
}

function claimsFor(consent: Consent): Record<string, unknown> {
  const authClassId = consent.locationId ?? consent.companyId;
  return {
    authClass: consent.userType,
    authClassId,
    source: "INTEGRATION",
    sourceId: consent.clientId,
    channel: "OAUTH",
    primaryAuthClassId: authClassId,
    oauthMeta: {
      scopes: consent.scopes,
      client: appIdOf(consent.clientId),
      versionId: consent.versionId,
      clientKey: consent.clientId,
      ...(consent.userType === "Company" ? { agencyPlan: "agency_annual_497" } : {}),
    },
  };
}

function lifetime(now: number, seconds: number): { iat: number; exp: number } {
  // Half a millisecond keeps the claims fractional, as measured ones are, even on a whole second.
  const iat = now / 1000 + 0.0005;
  return { iat, exp: iat + seconds };
}

function sign(claims: Record<string, unknown>): string {
  return `${HEADER}.${encode(claims)}.${randomBytes(SIGNATURE_BYTES).toString("base64url")}`;
}

function encode(part: Record<string, unknown>): string {
  return Buffer.from(JSON.stringify(part)).toString("base64url");
}

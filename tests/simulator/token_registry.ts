/** Everything the simulated HighLevel ever issued. Entries are added and marked, never removed. */
import type { ClientPair } from "./settings.ts";

export type UserType = "Location" | "Company";

/** What a person allowed. `locationId` is null for a Company install; `approvedLocationIds` are the ticked ones. */
export interface Consent {
  clientId: string;
  versionId: string;
  userType: UserType;
  companyId: string;
  locationId: string | null;
  approvedLocationIds: string[];
  approveAllLocations: boolean;
  installToFutureLocations: boolean;
  userId: string;
  scopes: string[];
  bulk: boolean;
}

/** An authorization code. Times are milliseconds since the epoch. */
export interface AuthorizationCode {
  code: string;
  consent: Consent;
  /** Null where the code did not come through the authorization page. */
  redirectUri: string | null;
  issuedAt: number;
  usedAt: number | null;
}

/** One code exchange or one minted location token, and all that followed from it by rotation. */
export interface TokenFamily {
  id: string;
  consent: Consent;
  pair: ClientPair;
  /** True when it came from a Company token by `POST /oauth/locationToken`, not from a person's install. */
  minted: boolean;
  startedAt: number;
  /** The newest refresh token. */
  head: string;
  ended: { reason: "revoked" | "superseded" | "uninstalled"; at: number } | null;
}

export type TokenAnswer = Readonly<Record<string, unknown>>;

/** `use` is set by the first rotation: when, and what it was answered. */
export interface RefreshToken {
  token: string;
  id: string;
  familyId: string;
  generation: number;
  issuedAt: number;
  expiresAt: number;
  use: { firstAt: number; lastAt: number; successor: string; answer: TokenAnswer } | null;
  /** True once an answer that carries it was handed over whole. */
  delivered: boolean;
}

export interface AccessToken {
  token: string;
  familyId: string;
  generation: number;
  expiresAt: number;
}

export interface TokenRegistry {
  codes: Map<string, AuthorizationCode>;
  families: Map<string, TokenFamily>;
  refreshTokens: Map<string, RefreshToken>;
  accessTokens: Map<string, AccessToken>;
  /** Every client secret that was ever registered, removed ones too. */
  clientSecrets: Set<string>;
}

export function createTokenRegistry(): TokenRegistry {
  return {
    codes: new Map(),
    families: new Map(),
    refreshTokens: new Map(),
    accessTokens: new Map(),
    clientSecrets: new Set(),
  };
}

/** The location or, for a Company install, the company that a consent is about. */
export function resourceOf(consent: Consent): string {
  return consent.locationId ?? consent.companyId;
}

/** The family of a token or family id that the registry itself handed out. Throws for any other. */
export function familyOf(registry: TokenRegistry, familyId: string): TokenFamily {
  const family = registry.families.get(familyId);
  if (family === undefined) throw new Error(`Cannot find token family "${familyId}"`);
  return family;
}

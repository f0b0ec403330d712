/**
 * Answers questions about everything that was issued and presented. It works from the record of calls rather than from
 * the switches' verdicts, so that it would notice a wrong verdict too, and it changes nothing.
 */
import type { ApiCall, ApiOperation } from "./api_call_record.ts";
import { type RefreshTokenState, refreshTokenState, windowEnd } from "./refresh_token_state.ts";
import type { SimulatorState } from "./simulator_state.ts";
import type { TokenCall, TokenOutcome } from "./token_call.ts";
import { familyOf, type RefreshToken, resourceOf, type TokenFamily } from "./token_registry.ts";

/** A rotation whose new refresh token never reached the client, noticed after the window has passed. */
export interface LostRotation {
  familyId: string;
  resourceId: string;
  /** When HighLevel rotated, in milliseconds. */
  rotatedAt: number;
}

/** Number of calls by grant type (`none` where none could be read) and by what they came to. */
export type CallCounts = Record<string, Partial<Record<TokenOutcome, number>>>;

/** Number of API calls by operation, refused ones included. */
export type ApiCallCounts = Partial<Record<ApiOperation, number>>;

export interface Ledger {
  /** Every call of the token endpoint so far, in order. */
  calls(): readonly Readonly<TokenCall>[];
  callCounts(): CallCounts;
  /** Every API call that came with a living access token, in order. */
  apiCalls(): readonly Readonly<ApiCall>[];
  apiCallCounts(): ApiCallCounts;
  /** Uses of a refresh token after its window: a client that does this has mixed up its tokens. */
  refreshTokensPresentedOutsideWindow(): readonly Readonly<TokenCall>[];
  /**
   * Families that still live at HighLevel, but whose newest refresh token no client can have: no answer with it was
   * handed over whole, nobody presented it, and its predecessor is dead by now. A person has to install again. Minted
   * families are left out: their location's token can be minted again.
   */
  lostRotations(): readonly LostRotation[];
  refreshTokenState(refreshToken: string): RefreshTokenState;
  /** True when a call with this token and its own client pair would be answered with tokens now. */
  refreshableNow(refreshToken: string): boolean;
  /** The family that a refresh token belongs to, or null for one that was never issued. */
  familyIdOf(refreshToken: string): string | null;
  /** The location or company that an access token was issued for, living or not, or null for one that never was. */
  resourceOfAccessToken(accessToken: string): string | null;
  /** Newest refresh token of the newest living install of a location or company, minted ones aside, or null. */
  headOf(resourceId: string): string | null;
  families(): readonly Readonly<TokenFamily>[];
  /** Every secret string that the simulator knows or ever issued: none of them belongs into a client's log. */
  secretsIssued(): readonly string[];
}

export function createLedger(state: SimulatorState): Ledger {
  const { registry } = state;
  const stateOf = (refreshToken: string): RefreshTokenState => refreshTokenState(state, refreshToken);
  return {
    calls: () => state.calls,
    callCounts: () => countCalls(state.calls),
    apiCalls: () => state.apiCalls,
    apiCallCounts: () => countApiCalls(state.apiCalls),
    refreshTokensPresentedOutsideWindow: () => presentedOutsideWindow(state),
    lostRotations: () => findLostRotations(state),
    refreshTokenState: stateOf,
    refreshableNow: (refreshToken) => ["unused", "inside_window"].includes(stateOf(refreshToken)),
    familyIdOf: (refreshToken) => registry.refreshTokens.get(refreshToken)?.familyId ?? null,
    resourceOfAccessToken(accessToken) {
      const issued = registry.accessTokens.get(accessToken);
      return issued === undefined ? null : resourceOf(familyOf(registry, issued.familyId).consent);
    },
    headOf: (resourceId) =>
      [...registry.families.values()].findLast(({ consent, ended, minted }) =>
        ended === null && !minted && resourceOf(consent) === resourceId
      )?.head ?? null,
    families: () => [...registry.families.values()],
    secretsIssued: () => [
      ...registry.clientSecrets,
      ...registry.codes.keys(),
      ...registry.accessTokens.keys(),
      ...registry.refreshTokens.keys(),
    ],
  };
}

function countCalls(calls: readonly TokenCall[]): CallCounts {
  const counts: CallCounts = {};
  for (const { grantType, outcome } of calls) {
    const ofGrant = counts[grantType ?? "none"] ??= {};
    ofGrant[outcome] = (ofGrant[outcome] ?? 0) + 1;
  }
  return counts;
}

function countApiCalls(calls: readonly ApiCall[]): ApiCallCounts {
  const counts: ApiCallCounts = {};
  for (const { operation } of calls) counts[operation] = (counts[operation] ?? 0) + 1;
  return counts;
}

function presentedOutsideWindow({ calls, switches }: SimulatorState): TokenCall[] {
  const windowMilliseconds = switches.rotationWindowSeconds * 1000;
  const openedAt = new Map<string, number>();
  return calls.filter(({ at, credential, grantType, outcome }) => {
    if (grantType !== "refresh_token" || credential === null || outcome === "not_performed") return false;
    const opened = openedAt.get(credential);
    if (outcome === "rotated" || outcome === "same_again" && switches.rotationWindowStart === "last_use") {
      openedAt.set(credential, at);
    }
    return opened !== undefined && at > opened + windowMilliseconds;
  });
}

function findLostRotations(state: SimulatorState): LostRotation[] {
  const { calls, clock, registry } = state;
  const presented = new Set(calls.map(({ credential }) => credential));
  const predecessors = new Map<string, RefreshToken>();
  for (const token of registry.refreshTokens.values()) {
    if (token.use !== null) predecessors.set(token.use.successor, token);
  }
  const lost: LostRotation[] = [];
  for (const family of registry.families.values()) {
    const head = registry.refreshTokens.get(family.head);
    const use = predecessors.get(family.head)?.use;
    if (family.minted || family.ended !== null || head === undefined || use === undefined || use === null) {
      continue;
    }
    if (head.delivered || presented.has(head.token) || clock.now() <= windowEnd(state, use)) continue;
    lost.push({ familyId: family.id, resourceId: resourceOf(family.consent), rotatedAt: head.issuedAt });
  }
  return lost;
}

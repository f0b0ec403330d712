/** Makes the tokens of one family and the answer that carries them. It judges nobody. */
import { randomUUID } from "node:crypto";
import { findLocationInstall, installKey } from "./install_registry.ts";
import { accessTokenFor, REFRESH_TOKEN_SECONDS, refreshTokenFor } from "./json_web_token.ts";
import { randomObjectId } from "./random_ids.ts";
import { appIdOf, type ClientPair } from "./settings.ts";
import type { SimulatorState } from "./simulator_state.ts";
import { type Consent, familyOf, type RefreshToken, resourceOf } from "./token_registry.ts";
import type { TokenAnswer, TokenFamily } from "./token_registry.ts";

export interface IssuedTokens {
  answer: TokenAnswer;
  refreshToken: RefreshToken;
}

/** Begins a family for a consent: the tokens of a code exchange. Older families of the resource may end by it. */
export function startFamily(
  state: SimulatorState,
  start: { consent: Consent; pair: ClientPair },
): IssuedTokens {
  const now = state.clock.now();
  if (state.switches.secondInstall === "ends_older") {
    for (const older of state.registry.families.values()) {
      const same = resourceOf(older.consent) === resourceOf(start.consent) &&
        older.consent.clientId === start.consent.clientId && !older.minted;
      if (same) older.ended ??= { reason: "superseded", at: now };
    }
  }
  return issueFirst(state, { ...start, minted: false });
}

/** Begins a family for one location of a Company token. Earlier ones of the location live on: mints are not installs. */
export function startMintedFamily(
  state: SimulatorState,
  start: { consent: Consent; pair: ClientPair },
): IssuedTokens {
  return issueFirst(state, { ...start, minted: true });
}

/** First use of `used`: a new head for its family, remembered as the answer to repeated uses. */
export function rotate(state: SimulatorState, used: RefreshToken): IssuedTokens {
  const now = state.clock.now();
  const family = familyOf(state.registry, used.familyId);
  const issued = issueNext(state, { family, generation: used.generation + 1 });
  used.use = { firstAt: now, lastAt: now, successor: issued.refreshToken.token, answer: issued.answer };
  return issued;
}

/** A repeated use inside the window: the same new refresh token, with the same or a fresh access token. */
export function answerAgain(state: SimulatorState, used: RefreshToken): IssuedTokens {
  const successor = used.use === null ? undefined : state.registry.refreshTokens.get(used.use.successor);
  if (used.use === null || successor === undefined) {
    throw new Error("Cannot answer again: the token is unused");
  }
  used.use.lastAt = state.clock.now();
  if (state.switches.accessTokenInsideWindow === "same") {
    return { answer: used.use.answer, refreshToken: successor };
  }
  const family = familyOf(state.registry, used.familyId);
  return { answer: answerFor(state, { family, refreshToken: successor }), refreshToken: successor };
}

function issueFirst(
  state: SimulatorState,
  start: { consent: Consent; pair: ClientPair; minted: boolean },
): IssuedTokens {
  const family: TokenFamily = {
    id: randomUUID(),
    ...start,
    startedAt: state.clock.now(),
    head: "",
    ended: null,
  };
  state.registry.families.set(family.id, family);
  return issueNext(state, { family, generation: 0 });
}

function issueNext(
  state: SimulatorState,
  { family, generation }: { family: TokenFamily; generation: number },
): IssuedTokens {
  const now = state.clock.now();
  const refreshToken: RefreshToken = {
    token: refreshTokenFor(family.consent, now),
    id: randomObjectId(),
    familyId: family.id,
    generation,
    issuedAt: now,
    expiresAt: now + REFRESH_TOKEN_SECONDS * 1000,
    use: null,
    delivered: false,
  };
  state.registry.refreshTokens.set(refreshToken.token, refreshToken);
  family.head = refreshToken.token;
  return { answer: answerFor(state, { family, refreshToken }), refreshToken };
}

function answerFor(
  state: SimulatorState,
  { family, refreshToken }: { family: TokenFamily; refreshToken: RefreshToken },
): TokenAnswer {
  const { consent } = family;
  const now = state.clock.now();
  const seconds = state.settings.accessTokenSeconds;
  const accessToken = accessTokenFor(consent, { now, seconds, minted: family.minted });
  state.registry.accessTokens.set(accessToken, {
    token: accessToken,
    familyId: family.id,
    generation: refreshToken.generation,
    expiresAt: now + seconds * 1000,
  });
  return {
    access_token: accessToken,
    token_type: "Bearer",
    expires_in: seconds - 1,
    refresh_token: refreshToken.token,
    scope: consent.scopes.join(" "),
    refreshTokenId: refreshToken.id,
    userType: consent.userType,
    companyId: consent.companyId,
    ...(consent.locationId === null ? companyFields(state, consent) : { locationId: consent.locationId }),
    ...planField(state, consent),
    ...(state.switches.installerUserId === "present" ? { userId: consent.userId } : {}),
    ...extraFields(state),
  };
}

function companyFields(state: SimulatorState, consent: Consent): TokenAnswer {
  return {
    isBulkInstallation: consent.bulk,
    approveAllLocations: consent.approveAllLocations,
    installToFutureLocations: consent.installToFutureLocations,
    ...(state.switches.approvedLocations === "present"
      ? { approvedLocations: consent.approvedLocationIds }
      : {}),
  };
}

/** Paid apps only. */
function planField(state: SimulatorState, { clientId, companyId, locationId }: Consent): TokenAnswer {
  const appId = appIdOf(clientId);
  const install = locationId === null
    ? state.installs.companies.get(installKey(appId, companyId))
    : findLocationInstall(state.installs, { appId, locationId });
  return install === undefined || install.planId === null ? {} : { planId: install.planId };
}

/** HighLevel adds fields without notice; a client has to ignore them. Counted, not random, so that runs repeat. */
function extraFields(state: SimulatorState): TokenAnswer {
  const { extraTokenFields } = state.switches;
  const due = extraTokenFields === "always" ||
    extraTokenFields === "sometimes" && state.registry.accessTokens.size % 3 === 0;
  return due ? { traceId: randomUUID(), installMeta: { channel: "marketplace", revision: 3 } } : {};
}

/** Decides a well-formed call of the token endpoint and, when it is granted, issues the tokens. */
import { announceInstall, beginInstall, isInstalled } from "./begin_install.ts";
import { answerAgain, type IssuedTokens, rotate, startFamily } from "./issue_tokens.ts";
import { looksLikeJsonWebToken } from "./json_web_token.ts";
import { refreshTokenState } from "./refresh_token_state.ts";
import { appIdOf, type ClientPair, isRegisteredPair } from "./settings.ts";
import type { SimulatorState } from "./simulator_state.ts";
import type { TokenRefusal } from "./token_refusal.ts";
import { familyOf, type RefreshToken } from "./token_registry.ts";
import { parameterProblems, type TokenParameters } from "./token_request.ts";

export type TokenDecision =
  | { granted: true; outcome: "issued" | "rotated" | "same_again"; issued: IssuedTokens }
  | { granted: false; refusal: TokenRefusal };

/** Carries out one call. Codes and refresh tokens that it accepts are used up by it. */
export function decideTokenCall(state: SimulatorState, parameters: TokenParameters): TokenDecision {
  const problems = parameterProblems(parameters);
  if (problems.length > 0) return refuse({ reason: "bad_parameters", problems });
  switch (parameters.grant_type) {
    case "authorization_code":
      return exchangeCode(state, parameters);
    case "refresh_token":
      return refresh(state, parameters);
    default:
      return refuse({ reason: "unsupported_grant" });
  }
}

function exchangeCode(state: SimulatorState, parameters: TokenParameters): TokenDecision {
  const { clock, registry, settings, switches } = state;
  const pair = pairOf(parameters);
  const code = registry.codes.get(parameters.code ?? "");
  const alive = code !== undefined && code.usedAt === null &&
    clock.now() < code.issuedAt + switches.codeLifetimeSeconds * 1000;
  if (switches.codeLookup === "after_client" && !isRegisteredPair(settings, pair)) {
    return refuse({ reason: "invalid_client" });
  }
  if (!alive) return refuse({ reason: "code_not_found" });
  const sameApp = appIdOf(pair.clientId) === appIdOf(code.consent.clientId);
  if (!isRegisteredPair(settings, pair) || !sameApp) return refuse({ reason: "invalid_client" });
  const redirectUri = parameters.redirect_uri;
  if (redirectUri !== undefined && code.redirectUri !== null && redirectUri !== code.redirectUri) {
    return refuse({ reason: "bad_parameters", problems: [{ name: "redirect_uri", problem: "invalid" }] });
  }
  code.usedAt = clock.now();
  const consent = { ...code.consent, clientId: pair.clientId };
  if (!isInstalled(state, consent)) beginInstall(state, consent);
  if (switches.installWebhook === "after_exchange") announceInstall(state, consent);
  return { granted: true, outcome: "issued", issued: startFamily(state, { consent, pair }) };
}

function refresh(state: SimulatorState, parameters: TokenParameters): TokenDecision {
  const pair = pairOf(parameters);
  if (!isRegisteredPair(state.settings, pair)) return refuse({ reason: "invalid_client" });
  const token = parameters.refresh_token ?? "";
  if (!looksLikeJsonWebToken(token)) return refuse({ reason: "malformed_refresh_token" });
  const refreshToken = state.registry.refreshTokens.get(token);
  if (refreshToken === undefined) return refuse({ reason: "invalid_grant" });

  const family = familyOf(state.registry, refreshToken.familyId);
  const samePair = family.pair.clientId === pair.clientId && family.pair.clientSecret === pair.clientSecret;
  if (!samePair) return refuse({ reason: "invalid_client" });
  const userType = parameters.user_type ?? family.consent.userType;
  if (userType !== family.consent.userType && state.switches.userTypeMismatch !== "ignored") {
    return state.switches.userTypeMismatch === "invalid_grant"
      ? refuse({ reason: "invalid_grant" })
      : refuse({ reason: "bad_parameters", problems: [{ name: "user_type", problem: "invalid" }] });
  }
  return useRefreshToken(state, refreshToken);
}

function useRefreshToken(state: SimulatorState, refreshToken: RefreshToken): TokenDecision {
  const standing = refreshTokenState(state, refreshToken.token);
  switch (standing) {
    case "unused":
      return { granted: true, outcome: "rotated", issued: rotate(state, refreshToken) };
    case "inside_window":
      return { granted: true, outcome: "same_again", issued: answerAgain(state, refreshToken) };
    case "not_active":
      return refuse({ reason: "not_active" });
    case "client_removed":
      return refuse({ reason: "invalid_client" });
    case "uninstalled":
      return refuse({ reason: state.switches.uninstalledRefresh });
    case "used":
      if (state.switches.replayOutsideWindow === "revokes_family") {
        const family = familyOf(state.registry, refreshToken.familyId);
        family.ended = { reason: "revoked", at: state.clock.now() };
      }
      return refuse({ reason: "invalid_grant" });
    case "unknown":
    case "expired":
    case "revoked":
      return refuse({ reason: "invalid_grant" });
  }
}

function pairOf(parameters: TokenParameters): ClientPair {
  return { clientId: parameters.client_id ?? "", clientSecret: parameters.client_secret ?? "" };
}

function refuse(refusal: TokenRefusal): TokenDecision {
  return { granted: false, refusal };
}

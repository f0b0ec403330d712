/** Judges one refresh token as it stands now. It changes nothing, so that tests may ask as often as they like. */
import { isRegisteredPair } from "./settings.ts";
import type { SimulatorState } from "./simulator_state.ts";
import { familyOf, type RefreshToken } from "./token_registry.ts";

/**
 * `unused` and `inside_window` can be refreshed now. `not_active`: again, once the location is active. `client_removed`:
 * its client pair is registered no more. The others are dead for good.
 */
export type RefreshTokenState =
  | "unused"
  | "inside_window"
  | "not_active"
  | "client_removed"
  | "unknown"
  | "used"
  | "expired"
  | "revoked"
  | "uninstalled";

/** What HighLevel would find if the token were presented now by the client pair that got it. */
export function refreshTokenState(state: SimulatorState, token: string): RefreshTokenState {
  const refreshToken = state.registry.refreshTokens.get(token);
  if (refreshToken === undefined) return "unknown";
  const family = familyOf(state.registry, refreshToken.familyId);
  if (family.ended !== null) return family.ended.reason === "uninstalled" ? "uninstalled" : "revoked";
  if (!isRegisteredPair(state.settings, family.pair)) return "client_removed";
  const now = state.clock.now();
  if (now >= refreshToken.expiresAt) return "expired";
  if (refreshToken.use !== null && now > windowEnd(state, refreshToken.use)) return "used";
  if (!isActive(state, family.consent)) return "not_active";
  return refreshToken.use === null ? "unused" : "inside_window";
}

/** The last millisecond at which a used token still gets its successor. */
export function windowEnd(state: SimulatorState, use: NonNullable<RefreshToken["use"]>): number {
  const { rotationWindowStart, rotationWindowSeconds } = state.switches;
  return (rotationWindowStart === "first_use" ? use.firstAt : use.lastAt) + rotationWindowSeconds * 1000;
}

/** False while the agency or, where one is named, the location is paused. */
export function isActive(
  state: SimulatorState,
  resource: { companyId: string; locationId: string | null },
): boolean {
  const company = state.settings.companies.find(({ id }) => id === resource.companyId);
  const location = state.settings.locations.find(({ id }) => id === resource.locationId);
  return company?.active === true && (resource.locationId === null || location?.active === true);
}

/** Takes an app out of a location or an agency, with everything that follows from it for tokens and codes. */
import { installKey } from "./install_registry.ts";
import type { SimulatorState } from "./simulator_state.ts";
import { appIdOf, appsById } from "./settings.ts";
import { type Consent, resourceOf } from "./token_registry.ts";
import { uninstallEvent } from "./webhook_events.ts";

/** Where an app is removed from: one location, or an agency with all its sub-accounts (HighLevel's own words). */
export type Removal =
  & { appId: string; silent?: boolean }
  & ({ locationId: string } | { companyId: string });

/** Removes the app there. Says whether it was installed, in which case UNINSTALL webhooks tell, unless it is `silent`. */
export function uninstall(state: SimulatorState, removal: Removal): boolean {
  const removed = "locationId" in removal
    ? removeFromLocation(state, removal)
    : removeFromCompany(state, removal);
  endTokens(state, removal);
  if (!removed.installed || removal.silent === true) return removed.installed;
  for (const resource of announcedFor(state, { removal, locationIds: removed.locationIds })) {
    state.webhooks.queue(uninstallEvent(removal.appId, resource));
  }
  return true;
}

/** Ends the living families of a location or company, whatever their app, and says how many there were. No webhook. */
export function endInstalls(
  state: SimulatorState,
  { resourceId, reason }: { resourceId: string; reason: "revoked" | "uninstalled" },
): number {
  const living = [...state.registry.families.values()].filter((family) =>
    family.ended === null && resourceOf(family.consent) === resourceId
  );
  for (const family of living) family.ended = { reason, at: state.clock.now() };
  if (reason === "uninstalled") {
    const isCompany = state.settings.companies.some(({ id }) => id === resourceId);
    const resource = isCompany ? { companyId: resourceId } : { locationId: resourceId };
    for (const appId of appsById(state.settings).keys()) {
      uninstall(state, { appId, ...resource, silent: true });
    }
  }
  return living.length;
}

interface Removed {
  installed: boolean;
  locationIds: string[];
}

function removeFromLocation(
  { installs }: SimulatorState,
  { appId, locationId }: { appId: string; locationId: string },
): Removed {
  const key = installKey(appId, locationId);
  const removed = [installs.direct.delete(key), installs.covered.delete(key)];
  return { installed: removed.includes(true), locationIds: [locationId] };
}

function removeFromCompany(
  { installs, switches }: SimulatorState,
  { appId, companyId }: { appId: string; companyId: string },
): Removed {
  const locationIds = new Set<string>();
  const maps = switches.companyUninstall === "ends_direct_installs"
    ? [installs.covered, installs.direct]
    : [installs.covered];
  for (const map of maps) {
    for (const [key, install] of map) {
      if (install.appId !== appId || install.companyId !== companyId) continue;
      map.delete(key);
      locationIds.add(install.locationId);
    }
  }
  const installed = installs.companies.delete(installKey(appId, companyId));
  return { installed: installed || locationIds.size > 0, locationIds: [...locationIds] };
}

/** Families of what was removed are over; codes that nobody exchanged yet as well, unless the switch keeps them. */
function endTokens(state: SimulatorState, removal: Removal): void {
  const at = state.clock.now();
  for (const family of state.registry.families.values()) {
    const reached = isReached(state, { removal, consent: family.consent, minted: family.minted });
    if (reached) family.ended ??= { reason: "uninstalled", at };
  }
  if (state.switches.codesAfterUninstall === "live") return;
  for (const code of state.registry.codes.values()) {
    if (isReached(state, { removal, consent: code.consent, minted: false })) code.usedAt ??= at;
  }
}

function isReached(
  { switches }: SimulatorState,
  { removal, consent, minted }: { removal: Removal; consent: Consent; minted: boolean },
): boolean {
  if (appIdOf(consent.clientId) !== removal.appId) return false;
  if ("locationId" in removal) return consent.locationId === removal.locationId;
  if (consent.companyId !== removal.companyId) return false;
  return consent.locationId === null || minted || switches.companyUninstall === "ends_direct_installs";
}

function announcedFor(
  { switches }: SimulatorState,
  { removal, locationIds }: { removal: Removal; locationIds: readonly string[] },
): ({ locationId: string } | { companyId: string })[] {
  if ("locationId" in removal) return [{ locationId: removal.locationId }];
  const { companyUninstallWebhooks } = switches;
  const perLocation = locationIds.map((locationId) => ({ locationId }));
  if (companyUninstallWebhooks === "locations") return perLocation;
  const ofCompany = { companyId: removal.companyId };
  return companyUninstallWebhooks === "company" ? [ofCompany] : [ofCompany, ...perLocation];
}

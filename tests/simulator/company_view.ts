/** What an agency's token gets to see: which of its locations have the app. */
import { findLocationInstall, installKey, type LocationInstall } from "./install_registry.ts";
import type { SimulatorState } from "./simulator_state.ts";

/**
 * The install of a location as its agency sees it, or undefined where the app is not. A switch decides about locations
 * whose own user installed and that the agency did not tick: they are listed, and tokens can be minted for them.
 */
export function installInCompany(
  { installs, switches }: SimulatorState,
  { appId, companyId, locationId }: { appId: string; companyId: string; locationId: string },
): LocationInstall | undefined {
  if (!installs.companies.has(installKey(appId, companyId))) return undefined;
  const covered = installs.covered.get(installKey(appId, locationId));
  if (covered !== undefined || switches.directInstallsInCompany === "hidden") return covered;
  return findLocationInstall(installs, { appId, locationId });
}

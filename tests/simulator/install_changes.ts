/** Changes of a living install that no token shows: another plan, another version of the app. */
import { findLocationInstall, installKey } from "./install_registry.ts";
import { appsById } from "./settings.ts";
import type { SimulatorState } from "./simulator_state.ts";
import { planChangeEvent, updateEvent } from "./webhook_events.ts";

/** Another plan of a paid app; PLAN_CHANGE tells. Throws where the app is not installed. */
export function changePlan(
  state: SimulatorState,
  { appId, locationId, planId }: { appId: string; locationId: string; planId: string },
): void {
  const install = findLocationInstall(state.installs, { appId, locationId });
  if (install === undefined) throw new Error(`Cannot change the plan in "${locationId}": not installed`);
  const before = install.planId;
  install.planId = planId;
  state.webhooks.queue(planChangeEvent(install, before));
}

/**
 * Moves an install to another version of the app, of a location or of an agency with all that it covers; UPDATE tells. Tokens
 * keep the scopes that they have. Throws for an unknown version, and where the app is not installed.
 */
export function updateVersion(
  state: SimulatorState,
  { appId, resourceId, versionId }: { appId: string; resourceId: string; versionId: string },
): void {
  if (appsById(state.settings).get(appId)?.versionIds.includes(versionId) !== true) {
    throw new Error(`Cannot update to version "${versionId}": no such version`);
  }
  const company = state.installs.companies.get(installKey(appId, resourceId));
  const install = company ?? findLocationInstall(state.installs, { appId, locationId: resourceId });
  if (install === undefined) throw new Error(`Cannot update the app in "${resourceId}": not installed`);
  const previousVersionId = install.versionId;
  install.versionId = versionId;
  for (const covered of company === undefined ? [] : state.installs.covered.values()) {
    if (covered.appId === appId && covered.companyId === resourceId) covered.versionId = versionId;
  }
  state.webhooks.queue(updateEvent(state, { install, previousVersionId }));
}

/** The bodies of HighLevel's app webhooks, without the `timestamp` and `webhookId` that each gets when it is queued. */
import type { CompanyInstall, LocationInstall } from "./install_registry.ts";
import { appsById, type Location } from "./settings.ts";
import type { SimulatorState } from "./simulator_state.ts";

const DAY_MILLISECONDS = 86_400_000;

export interface WebhookEvent {
  type: string;
  /** Whose webhook URL it goes to. Not every body names it. */
  appId: string;
  /** The location or company that it is about, for orders to single it out. */
  resourceId: string;
  /** The body as it is sent, `type` included. */
  fields: Readonly<Record<string, unknown>>;
}

/** INSTALL of a location or, without a `locationId` and little else, of an agency (facts 5.1). */
export function installEvent(state: SimulatorState, install: LocationInstall | CompanyInstall): WebhookEvent {
  return eventOf("INSTALL", install, installFields(state, install));
}

/** UPDATE: as INSTALL, with the version before. */
export function updateEvent(
  state: SimulatorState,
  { install, previousVersionId }: { install: LocationInstall | CompanyInstall; previousVersionId: string },
): WebhookEvent {
  const { versionId } = install;
  return eventOf("UPDATE", install, { ...installFields(state, install), versionId, previousVersionId });
}

/** UNINSTALL names a location or a company, never both. */
export function uninstallEvent(
  appId: string,
  resource: { locationId: string } | { companyId: string },
): WebhookEvent {
  const resourceId = "locationId" in resource ? resource.locationId : resource.companyId;
  return { type: "UNINSTALL", appId, resourceId, fields: { type: "UNINSTALL", appId, ...resource } };
}

export function planChangeEvent(install: LocationInstall, currentPlanId: string | null): WebhookEvent {
  const { appId, locationId, companyId, userId, planId } = install;
  const plans = { currentPlanId: currentPlanId ?? "", newPlanId: planId ?? "" };
  return eventOf("PLAN_CHANGE", install, { appId, locationId, companyId, userId, ...plans });
}

/** LocationCreate and LocationUpdate name no app. */
export function locationEvent(
  { type, appId, location }: { type: "LocationCreate" | "LocationUpdate"; appId: string; location: Location },
): WebhookEvent {
  const { id, companyId, name } = location;
  const fields = {
    type,
    id,
    companyId,
    name,
    email: `office@${id.toLowerCase()}.example`,
    stripeProductId: "",
  };
  return { type, appId, resourceId: id, fields };
}

function eventOf(
  type: string,
  install: LocationInstall | CompanyInstall,
  fields: Record<string, unknown>,
): WebhookEvent {
  const resourceId = "locationId" in install ? install.locationId : install.companyId;
  return { type, appId: install.appId, resourceId, fields: { type, ...fields } };
}

function installFields(
  state: SimulatorState,
  install: LocationInstall | CompanyInstall,
): Record<string, unknown> {
  const { appId, versionId, companyId, userId } = install;
  if (!("locationId" in install)) return { appId, companyId, ...planFields(state, install) };
  const company = state.settings.companies.find(({ id }) => id === companyId);
  const { installWebhookIds } = state.switches;
  const nameless = installWebhookIds === "missing" ||
    installWebhookIds === "as_documented" && install.automatic;
  return {
    appId,
    versionId,
    installType: "Location",
    locationId: install.locationId,
    ...(nameless ? {} : { companyId, userId }),
    ...planFields(state, install),
    companyName: company?.name ?? "",
    isWhitelabelCompany: company?.whitelabel !== undefined,
    whitelabelDetails: company?.whitelabel ?? {},
  };
}

function planFields(
  state: SimulatorState,
  install: LocationInstall | CompanyInstall,
): Record<string, unknown> {
  const { appId, planId, installedAt } = install;
  if (planId === null) return {};
  const trialDuration = appsById(state.settings).get(appId)?.plan?.trialDays ?? 0;
  const onTrial = state.clock.now() < installedAt + trialDuration * DAY_MILLISECONDS;
  const trialStartDate = new Date(installedAt).toISOString();
  return { planId, trial: onTrial ? { onTrial, trialDuration, trialStartDate } : { onTrial } };
}

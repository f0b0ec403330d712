/** What a consent does to the record of installs, and which INSTALL webhooks follow from it. */
import { type CompanyInstall, installKey, type LocationInstall } from "./install_registry.ts";
import { appIdOf, findApp } from "./settings.ts";
import type { SimulatorState } from "./simulator_state.ts";
import type { Consent } from "./token_registry.ts";
import { installEvent } from "./webhook_events.ts";

/** Records the install, once more where it is recorded already. An agency's new consent adds to what it ticked before. */
export function beginInstall(state: SimulatorState, consent: Consent): void {
  const appId = appIdOf(consent.clientId);
  const { direct, covered, companies } = state.installs;
  if (consent.locationId !== null) {
    direct.set(installKey(appId, consent.locationId), locationInstall(state, consent, consent.locationId));
    return;
  }
  const { installToFutureLocations } = consent;
  const common = installFields(state, consent);
  companies.set(installKey(appId, consent.companyId), { ...common, installToFutureLocations });
  for (const locationId of consent.approvedLocationIds) {
    const key = installKey(appId, locationId);
    covered.set(key, covered.get(key) ?? locationInstall(state, consent, locationId));
  }
}

/** False when the install was ended between consent and exchange, and codes outlive that. */
export function isInstalled(
  { installs }: SimulatorState,
  { clientId, companyId, locationId }: Consent,
): boolean {
  const { direct, companies } = installs;
  const appId = appIdOf(clientId);
  return locationId === null
    ? companies.has(installKey(appId, companyId))
    : direct.has(installKey(appId, locationId));
}

/** Queues the INSTALL webhooks of a consent: one per location of a bulk install, one in all for an agency's app. */
export function announceInstall(state: SimulatorState, consent: Consent): void {
  const appId = appIdOf(consent.clientId);
  const { agencyInstallWebhooks, installWebhookDelaySeconds } = state.switches;
  const form = agencyInstallWebhooks === "by_target"
    ? (consent.bulk ? "per_location" : "company")
    : agencyInstallWebhooks;
  const installs: (LocationInstall | CompanyInstall | undefined)[] = [];
  if (consent.locationId !== null) {
    installs.push(state.installs.direct.get(installKey(appId, consent.locationId)));
  } else {
    if (form !== "per_location") {
      installs.push(state.installs.companies.get(installKey(appId, consent.companyId)));
    }
    if (form !== "company") {
      installs.push(
        ...consent.approvedLocationIds.map((id) => state.installs.covered.get(installKey(appId, id))),
      );
    }
  }
  for (const install of installs) {
    if (install === undefined) continue;
    state.webhooks.queue(installEvent(state, install), { delayMs: installWebhookDelaySeconds * 1000 });
  }
}

/** Covers a location that came to its agency after the install. Queues its INSTALL webhook, which may name no ids. */
export function coverFutureLocation(
  state: SimulatorState,
  { company, locationId }: { company: CompanyInstall; locationId: string },
): void {
  const { installToFutureLocations: _, ...common } = company;
  const install = { ...common, locationId, installedAt: state.clock.now(), automatic: true };
  state.installs.covered.set(installKey(company.appId, locationId), install);
  state.webhooks.queue(installEvent(state, install));
}

function locationInstall(state: SimulatorState, consent: Consent, locationId: string): LocationInstall {
  return { ...installFields(state, consent), locationId, automatic: false };
}

function installFields(
  state: SimulatorState,
  consent: Consent,
): Omit<CompanyInstall, "installToFutureLocations"> {
  return {
    appId: appIdOf(consent.clientId),
    companyId: consent.companyId,
    versionId: consent.versionId,
    userId: consent.userId,
    planId: findApp(state.settings, consent.clientId)?.plan?.planId ?? null,
    installedAt: state.clock.now(),
  };
}

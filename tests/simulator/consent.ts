/** Records what a person allowed, as an authorization code that can be exchanged for tokens once. */
import { announceInstall, beginInstall } from "./begin_install.ts";
import { randomCode } from "./random_ids.ts";
import { appIdOf, type AppRegistration, type Location, type SimulatorSettings } from "./settings.ts";
import type { SimulatorState } from "./simulator_state.ts";
import type { Consent } from "./token_registry.ts";

/** `locationIds` has one id for a location user, and all ticked ones for an agency user. */
export interface Decision {
  app: AppRegistration;
  clientId: string;
  versionId: string;
  scopes: string[];
  redirectUri: string | null;
  installer: "location" | "agency";
  locationIds: string[];
  /** Of an agency user: sub-accounts that come later get the app too. */
  installToFutureLocations: boolean;
}

/**
 * A new code for the decision. The app is installed from now on, whether anybody exchanges the code or not: INSTALL
 * webhooks were seen before the exchange (facts 3.6). Throws for a location that does not exist, for locations of two
 * agencies, and for a location user of an agency app.
 */
export function issueCode(state: SimulatorState, decision: Decision): string {
  const code = randomCode();
  const consent = consentOf(state, decision);
  beginInstall(state, consent);
  if (state.switches.installWebhook === "before_exchange") announceInstall(state, consent);
  state.registry.codes.set(code, {
    code,
    consent,
    redirectUri: decision.redirectUri,
    issuedAt: state.clock.now(),
    usedAt: null,
  });
  return code;
}

/** A code without the authorization page, for whatever the default of a part is not right for the caller. */
export interface DirectConsent {
  /** By default the first client pair of the first app. */
  clientId?: string | undefined;
  /** By default the first location; `all` are those of the first agency, or of `companyId`. */
  locationIds?: string[] | "all" | undefined;
  companyId?: string | undefined;
  /** By default all scopes of the app. */
  scopes?: string[] | undefined;
  /** By default any redirect URI fits the exchange. */
  redirectUri?: string | undefined;
  /** By default what the switch says. */
  installer?: "location" | "agency" | undefined;
  /** By default false. */
  installToFutureLocations?: boolean | undefined;
}

/** Issues a code as if a person had just allowed it. Throws for a client or location that does not exist. */
export function consentDirectly(state: SimulatorState, direct: DirectConsent): string {
  const { apps } = state.settings;
  const clientId = direct.clientId ?? apps[0]?.clientPairs[0]?.clientId ?? "";
  const app = apps.find(({ clientPairs }) => clientPairs.some((pair) => pair.clientId === clientId));
  if (app === undefined) throw new Error(`Cannot consent: no app with client id "${clientId}"`);
  return issueCode(state, {
    app,
    clientId,
    versionId: app.versionIds[0] ?? appIdOf(clientId),
    scopes: direct.scopes ?? app.scopes,
    redirectUri: direct.redirectUri ?? null,
    installer: direct.installer ?? state.switches.installer,
    locationIds: chosenLocations(state, direct),
    installToFutureLocations: direct.installToFutureLocations ?? false,
  });
}

function chosenLocations({ settings }: SimulatorState, { locationIds, companyId }: DirectConsent): string[] {
  if (locationIds !== undefined && locationIds !== "all") return locationIds;
  if (locationIds === undefined && companyId === undefined) {
    return settings.locations.slice(0, 1).map(({ id }) => id);
  }
  const company = companyId ?? settings.companies[0]?.id;
  const ids = settings.locations.filter((location) => location.companyId === company).map(({ id }) => id);
  return locationIds === "all" ? ids : ids.slice(0, 1);
}

function consentOf({ settings }: SimulatorState, decision: Decision): Consent {
  const locations = findLocations(settings, decision.locationIds);
  const [first] = locations;
  if (first === undefined || locations.includes(undefined)) {
    throw new Error(`Cannot consent: no location "${decision.locationIds.join(", ")}"`);
  }
  const { companyId } = first;
  if (locations.some((location) => location?.companyId !== companyId)) {
    throw new Error(
      `Cannot consent: locations of more than one agency, "${decision.locationIds.join(", ")}"`,
    );
  }
  const byAgency = decision.installer === "agency";
  if (!byAgency && decision.app.target === "company") {
    throw new Error(`Cannot consent: only agency users can install "${decision.app.name}"`);
  }
  return {
    clientId: decision.clientId,
    versionId: decision.versionId,
    userType: byAgency ? "Company" : "Location",
    companyId,
    locationId: byAgency ? null : first.id,
    approvedLocationIds: decision.locationIds,
    approveAllLocations: byAgency &&
      settings.locations.filter((location) => location.companyId === companyId).length === locations.length,
    installToFutureLocations: byAgency && decision.installToFutureLocations,
    userId: settings.userId,
    scopes: [...decision.scopes],
    bulk: byAgency && decision.app.target === "location",
  };
}

/** In the order of the ids. One id is looked for without an index: benchmarks install a hundred thousand times. */
function findLocations({ locations }: SimulatorSettings, ids: readonly string[]): (Location | undefined)[] {
  if (ids.length === 1) return [locations.find(({ id }) => id === ids[0])];
  const byId = new Map(locations.map((location) => [location.id, location]));
  return ids.map((id) => byId.get(id));
}

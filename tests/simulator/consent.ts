/** Records what a person allowed, as an authorization code that can be exchanged for tokens once. */
import { randomCode } from "./random_ids.ts";
import { appIdOf, type AppRegistration } from "./settings.ts";
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
}

/** A new code for the decision. Throws for a location that does not exist. */
export function issueCode(state: SimulatorState, decision: Decision): string {
  const code = randomCode();
  state.registry.codes.set(code, {
    code,
    consent: consentOf(state, decision),
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
  /** By default the first location. */
  locationIds?: string[] | undefined;
  /** By default all scopes of the app. */
  scopes?: string[] | undefined;
  /** By default any redirect URI fits the exchange. */
  redirectUri?: string | undefined;
  /** By default what the switch says. */
  installer?: "location" | "agency" | undefined;
}

/** Issues a code as if a person had just allowed it. Throws for a client or location that does not exist. */
export function consentDirectly(state: SimulatorState, direct: DirectConsent): string {
  const { apps, locations } = state.settings;
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
    locationIds: direct.locationIds ?? locations.slice(0, 1).map(({ id }) => id),
  });
}

function consentOf({ settings }: SimulatorState, decision: Decision): Consent {
  const locations = decision.locationIds.map((id) =>
    settings.locations.find((location) => location.id === id)
  );
  const [first] = locations;
  if (first === undefined || locations.includes(undefined)) {
    throw new Error(`Cannot consent: no location "${decision.locationIds.join(", ")}"`);
  }
  const byAgency = decision.installer === "agency";
  return {
    clientId: decision.clientId,
    versionId: decision.versionId,
    userType: byAgency ? "Company" : "Location",
    companyId: first.companyId,
    locationId: byAgency ? null : first.id,
    approvedLocationIds: decision.locationIds,
    userId: settings.userId,
    scopes: [...decision.scopes],
    bulk: byAgency && decision.app.target === "location",
  };
}

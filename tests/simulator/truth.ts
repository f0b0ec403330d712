/** What is really installed at the simulated HighLevel now, for tests that compare a client's rows with it. */
import { installInCompany } from "./company_view.ts";
import { installKey } from "./install_registry.ts";
import { type RefreshTokenState, refreshTokenState } from "./refresh_token_state.ts";
import { appIdOf, appsById, type Location } from "./settings.ts";
import type { SimulatorState } from "./simulator_state.ts";
import { resourceOf, type TokenFamily } from "./token_registry.ts";

/** A family that HighLevel has not ended. */
export interface FamilyTruth {
  familyId: string;
  clientId: string;
  scopes: readonly string[];
  /** Newest refresh token of the family, and what would come of presenting it now. */
  head: string;
  headState: RefreshTokenState;
}

export interface LocationTruth {
  locationId: string;
  companyId: string;
  name: string;
  active: boolean;
  /** Its own user installed the app. */
  direct: boolean;
  /** The agency's install reaches it. */
  covered: boolean;
  /** The agency's token lists it as installed, and `POST /oauth/locationToken` mints for it. */
  listed: boolean;
  /** Living families of code exchanges, oldest first. */
  directFamilies: FamilyTruth[];
  /** Living families of minted tokens, oldest first. */
  mintedFamilies: FamilyTruth[];
}

export interface CompanyTruth {
  companyId: string;
  name: string;
  active: boolean;
  installed: boolean;
  installToFutureLocations: boolean;
  families: FamilyTruth[];
}

export interface Truth {
  companies: CompanyTruth[];
  locations: LocationTruth[];
}

/** Every company and location, those without the app too, as seen by one app: by default the first. */
export function truthOf(state: SimulatorState, appId: string = firstAppId(state)): Truth {
  const { settings, installs } = state;
  const living = livingFamilies(state, appId);
  const familiesOf = (resourceId: string, minted: boolean): FamilyTruth[] =>
    (living.get(resourceId) ?? []).filter((family) => family.minted === minted)
      .map((family) => familyTruth(state, family));
  return {
    companies: settings.companies.map(({ id, name, active }) => {
      const install = installs.companies.get(installKey(appId, id));
      const installToFutureLocations = install?.installToFutureLocations ?? false;
      const families = familiesOf(id, false);
      return {
        companyId: id,
        name,
        active,
        installed: install !== undefined,
        installToFutureLocations,
        families,
      };
    }),
    locations: settings.locations.map(({ id, companyId, name, active }: Location) => ({
      locationId: id,
      companyId,
      name,
      active,
      direct: installs.direct.has(installKey(appId, id)),
      covered: installs.covered.has(installKey(appId, id)),
      listed: installInCompany(state, { appId, companyId, locationId: id }) !== undefined,
      directFamilies: familiesOf(id, false),
      mintedFamilies: familiesOf(id, true),
    })),
  };
}

/** Id of the app that is meant when nobody says which. */
export function firstAppId({ settings }: SimulatorState): string {
  return appsById(settings).keys().next().value ?? "";
}

function livingFamilies(state: SimulatorState, appId: string): Map<string, TokenFamily[]> {
  const living = [...state.registry.families.values()].filter(({ consent, ended }) =>
    ended === null && appIdOf(consent.clientId) === appId
  );
  return Map.groupBy(living, ({ consent }) => resourceOf(consent));
}

function familyTruth(state: SimulatorState, { id, consent, head }: TokenFamily): FamilyTruth {
  const headState = refreshTokenState(state, head);
  return { familyId: id, clientId: consent.clientId, scopes: consent.scopes, head, headState };
}

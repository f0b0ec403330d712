/** What exists at the simulated HighLevel before anybody calls: apps, agencies and their locations. */

/** `clientId` is `<24 hex>-<8 base 36>`, of which the first part is the app id; `clientSecret` is a UUID. */
export interface ClientPair {
  clientId: string;
  clientSecret: string;
}

/** An app of the developer portal. Refresh tokens belong to the client pair that got them. */
export interface AppRegistration {
  name: string;
  /** Whom the app is made for. Agency users who install a location app get a bulk Company token. */
  target: "location" | "company";
  clientPairs: ClientPair[];
  redirectUris: string[];
  scopes: string[];
  versionIds: string[];
  /** The app's Default Webhook URL. Without one, nothing is sent about it. */
  webhookUrl?: string | undefined;
  /** Of a paid app: its plan, and how many days it is tried before. */
  plan?: { planId: string; trialDays: number };
}

/** An agency. While it is not active, no token of it or of its locations can be refreshed. */
export interface Company {
  id: string;
  name: string;
  active: boolean;
  /** The agency's own brand, where it has one. */
  whitelabel?: { domain: string; logoUrl: string } | undefined;
}

/** A sub-account of an agency. `active` is false while its plan is paused or cancelled. */
export interface Location {
  id: string;
  name: string;
  address: string;
  companyId: string;
  active: boolean;
}

export interface SimulatorSettings {
  apps: AppRegistration[];
  /** An agency user who installs belongs to the first one. */
  companies: Company[];
  locations: Location[];
  /** The person who installs. */
  userId: string;
  /** How long an access token lives. A day at HighLevel; tests of many rotations cannot wait for that. */
  accessTokenSeconds: number;
}

/** App id of a client id: the part before the dash. */
export function appIdOf(clientId: string): string {
  return clientId.split("-")[0] ?? "";
}

/** The app that a client id belongs to, or `undefined`. */
export function findApp(settings: SimulatorSettings, clientId: string): AppRegistration | undefined {
  return settings.apps.find((app) => app.clientPairs.some((pair) => pair.clientId === clientId));
}

/** Id of an app, also of one whose client pairs were all removed. */
export function appIdFor({ clientPairs, versionIds }: AppRegistration): string {
  return appIdOf(clientPairs[0]?.clientId ?? versionIds[0] ?? "");
}

/** Every app by its id. */
export function appsById(settings: SimulatorSettings): Map<string, AppRegistration> {
  return new Map(settings.apps.map((app) => [appIdFor(app), app]));
}

/** True when exactly this pair is registered now. */
export function isRegisteredPair(
  settings: SimulatorSettings,
  { clientId, clientSecret }: ClientPair,
): boolean {
  return settings.apps.some((app) =>
    app.clientPairs.some((pair) => pair.clientId === clientId && pair.clientSecret === clientSecret)
  );
}

/** Throws for what HighLevel's portal would not have saved: malformed client pairs, brand words in a redirect URI. */
export function checkSettings(settings: SimulatorSettings): void {
  // The answer names one second less than the token lives.
  if (!Number.isSafeInteger(settings.accessTokenSeconds) || settings.accessTokenSeconds < 2) {
    throw new Error(`Cannot issue access tokens that live "${settings.accessTokenSeconds}" seconds`);
  }
  for (const app of settings.apps) {
    for (const { clientId, clientSecret } of app.clientPairs) {
      if (!/^[0-9a-f]{24}-[0-9a-z]{8}$/.test(clientId)) {
        throw new Error(`Cannot register client id "${clientId}"`);
      }
      if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(clientSecret)) {
        throw new Error(`Cannot register a secret for "${clientId}": expected a lower-case UUID`);
      }
    }
    if (app.webhookUrl !== undefined && !URL.canParse(app.webhookUrl)) {
      throw new Error(`Cannot register webhook URL "${app.webhookUrl}"`);
    }
    for (const redirectUri of app.redirectUris) {
      if (!URL.canParse(redirectUri)) throw new Error(`Cannot register redirect URI "${redirectUri}"`);
      if (/highlevel|ghl/i.test(redirectUri)) {
        throw new Error(
          "The redirect uri contains a Highlevel reference. Please remove any Highlevel references to save.",
        );
      }
    }
  }
  for (const { id, companyId } of settings.locations) {
    if (!settings.companies.some((company) => company.id === companyId)) {
      throw new Error(`Cannot add location "${id}": no company "${companyId}"`);
    }
  }
}

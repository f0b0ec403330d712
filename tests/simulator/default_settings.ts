/** The app, agencies and locations that a simulator has when nobody says otherwise. All values are fake and public. */
import { ACCESS_TOKEN_SECONDS } from "./json_web_token.ts";
import type { Company, Location, SimulatorSettings } from "./settings.ts";

export const DEFAULT_CLIENT_ID = "68f0c1a2b3d4e5f60718293a-mh7k2q9x";
/** Published on purpose: it opens nothing but a simulator. */
export const DEFAULT_CLIENT_SECRET = "5f0e7a52-3c7b-4b1e-9d64-2a8f61c0b7d3";
export const DEFAULT_REDIRECT_URI = "http://localhost:8787/oauth/callback";

/** The scopes selected for the app. An authorization request may ask for any of them, and for no other. */
export const DEFAULT_SCOPES: readonly string[] = [
  "calendars.readonly",
  "calendars.write",
  "calendars/events.readonly",
  "calendars/events.write",
  "contacts.readonly",
  "contacts.write",
  "conversations.readonly",
  "conversations.write",
  "conversations/message.readonly",
  "conversations/message.write",
  "locations.readonly",
  "marketplace-installer-details.readonly",
  "oauth.readonly",
  "oauth.write",
  "opportunities.readonly",
  "opportunities.write",
  "users.readonly",
];

export const DEFAULT_COMPANIES: readonly Company[] = [
  { id: "Kx4vQ9tZpW2mB7nLdR1s", name: "Northlight Agency", active: true },
];

export const DEFAULT_LOCATIONS: readonly Location[] = [
  {
    id: "ve9EPM428h8vShlRW1KT",
    name: "Harbor Dental Studio",
    address: "14 Quay Street, Portland, ME 04101",
    companyId: "Kx4vQ9tZpW2mB7nLdR1s",
    active: true,
  },
  {
    id: "Zt6cYd0Hq3xNwA8uJfG5",
    name: "Cedar & Stone Realty",
    address: "220 Maple Avenue, Boise, ID 83702",
    companyId: "Kx4vQ9tZpW2mB7nLdR1s",
    active: true,
  },
  {
    id: "p7LmE2sVbT9kRoX4iC1y",
    name: "Blue Fern Yoga",
    address: "8 Alder Lane, Asheville, NC 28801",
    companyId: "Kx4vQ9tZpW2mB7nLdR1s",
    active: true,
  },
];

/** Locations of the first agency beside the default ones, with the same ids each time. */
export function numberedLocations(count: number): Location[] {
  return Array.from({ length: count }, (_, index) => {
    const number = String(index + 1).padStart(12, "0");
    return {
      id: `Location${number}`,
      name: `Location ${index + 1}`,
      address: `${index + 1} Long Road, Portland, ME 04101`,
      companyId: DEFAULT_COMPANIES[0]?.id ?? "",
      active: true,
    };
  });
}

/** Agencies beside the default one, with the same ids each time, and without a location. */
export function numberedCompanies(count: number): Company[] {
  return Array.from({ length: count }, (_, index) => {
    const number = String(index + 1).padStart(13, "0");
    return { id: `Company${number}`, name: `Agency ${index + 1}`, active: true };
  });
}

/** Fresh settings with the defaults; the given parts replace theirs whole. */
export function defaultSettings(changes: Partial<SimulatorSettings> = {}): SimulatorSettings {
  return structuredClone({
    apps: [{
      name: "Example Sync",
      target: "location" as const,
      clientPairs: [{ clientId: DEFAULT_CLIENT_ID, clientSecret: DEFAULT_CLIENT_SECRET }],
      redirectUris: [DEFAULT_REDIRECT_URI],
      scopes: [...DEFAULT_SCOPES],
      versionIds: ["68f0c1a2b3d4e5f60718293a"],
    }],
    companies: [...DEFAULT_COMPANIES],
    locations: [...DEFAULT_LOCATIONS],
    userId: "c2YwN8hTqL5vXo1BzKdJ",
    accessTokenSeconds: ACCESS_TOKEN_SECONDS,
    ...changes,
  });
}

/** Which app is installed where, now. Tokens are another matter: they may outlive an install, or never be fetched. */

/** An app in one location: installed there by its own user, or reached through the agency's install. */
export interface LocationInstall {
  appId: string;
  locationId: string;
  companyId: string;
  versionId: string;
  userId: string;
  planId: string | null;
  /** Milliseconds since the epoch. */
  installedAt: number;
  /** True when "install to future locations" did it and nobody was there. */
  automatic: boolean;
}

/** An agency's install, for a bulk of its locations or for an app that is made for agencies. */
export interface CompanyInstall {
  appId: string;
  companyId: string;
  versionId: string;
  userId: string;
  planId: string | null;
  installedAt: number;
  installToFutureLocations: boolean;
}

export interface InstallRegistry {
  /** By `installKey()` of app and location. A location may be in both maps. */
  direct: Map<string, LocationInstall>;
  covered: Map<string, LocationInstall>;
  /** By `installKey()` of app and company. */
  companies: Map<string, CompanyInstall>;
}

export function createInstallRegistry(): InstallRegistry {
  return { direct: new Map(), covered: new Map(), companies: new Map() };
}

/** `resourceId` is the id of a location or company. */
export function installKey(appId: string, resourceId: string): string {
  return `${appId} ${resourceId}`;
}

/** The install that a location has of its own, else the one through its agency. */
export function findLocationInstall(
  { direct, covered }: InstallRegistry,
  { appId, locationId }: { appId: string; locationId: string },
): LocationInstall | undefined {
  const key = installKey(appId, locationId);
  return direct.get(key) ?? covered.get(key);
}

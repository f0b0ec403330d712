/** Who installed the app where and when, and who removed it: what ends otherwise was not meant to. Times are milliseconds since 1970. */

export interface InstallBook {
  /** A person allowed it at `consentedAt`, and Relatch said since that it has the install. */
  installed(resourceId: string, consentedAt: number): void;
  /** Somebody removes it now: a location, or an agency with all of its locations. */
  removed(resourceId: string): void;
  /** When the install was allowed that Relatch had before `at`, as far as it had said so; `undefined` for none. */
  consentBefore(resourceId: string, at: number): number | undefined;
  /** Whether one of the resources was removed in that time. */
  isRemovedBetween(resourceIds: readonly string[], time: { from: number; until: number }): boolean;
}

export function createInstallBook(): InstallBook {
  const installs = new Map<string, { consentedAt: number; knownAt: number }[]>();
  const removals = new Map<string, number[]>();
  return {
    installed(resourceId, consentedAt) {
      const known = installs.get(resourceId) ?? [];
      installs.set(resourceId, [...known, { consentedAt, knownAt: Date.now() }]);
    },
    removed(resourceId) {
      removals.set(resourceId, [...removals.get(resourceId) ?? [], Date.now()]);
    },
    consentBefore: (resourceId, at) =>
      installs.get(resourceId)?.findLast(({ knownAt }) => knownAt < at)?.consentedAt,
    isRemovedBetween: (resourceIds, { from, until }) =>
      resourceIds.some((id) => removals.get(id)?.some((at) => at >= from && at <= until)),
  };
}

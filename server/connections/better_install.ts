/** The one rule by which a location with two installs is served by its own or by its agency's: in tokens and in its status. */

export interface InstallWorth {
  /** How far it is from a token; 0 gives one. */
  readonly distance: number;
  readonly scopes: readonly string[];
}

/**
 * The nearer to a token; of two that are as near, the one that lacks fewer of the scopes that the app asks for; and of two
 * that lack as many, the location's own, which does not depend on the agency.
 */
export function isOwnBetter(
  { own, agency }: { own: InstallWorth; agency: InstallWorth },
  requiredScopes: readonly string[],
): boolean {
  if (own.distance !== agency.distance) return own.distance < agency.distance;
  return missingScopes(requiredScopes, own.scopes).length <=
    missingScopes(requiredScopes, agency.scopes).length;
}

/** What the app asks for and was not granted. */
export function missingScopes(required: readonly string[], granted: readonly string[]): string[] {
  return required.filter((scope) => !granted.includes(scope));
}

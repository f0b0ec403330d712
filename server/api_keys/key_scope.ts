/** What a key of the admin command may see, and what it is asked for. Keys of the setting `API_KEYS` have no scope. */

/**
 * - `location`: the connection of this one location
 * - `company`: the connection of this company, and those of its locations
 */
export interface KeyScope {
  readonly kind: "location" | "company";
  /** HighLevel's id of the location or company. */
  readonly id: string;
}

/** The location or company whose access token is asked for. */
export interface TokenSubject {
  readonly kind: "location" | "company";
  readonly id: string;
}

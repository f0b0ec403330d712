/** The record of one API call that came with a living access token. */

/** The operations that the simulator knows. */
export const API_OPERATIONS = [
  "location",
  "location_token",
  "installed_locations",
  "installer_details",
  "uninstall",
] as const;
export type ApiOperation = typeof API_OPERATIONS[number];

export interface ApiCall {
  /** Milliseconds since the epoch, by the simulator's clock. */
  at: number;
  operation: ApiOperation;
  /** The location or company of the token. */
  resourceId: string;
  /** The location that the call is about, where it names one. */
  about: string | null;
  /** HighLevel's answer, whether the client got to see it or not; null when a fault kept HighLevel from seeing the call. */
  status: number | null;
  /** The kind of fault that struck, or null. */
  fault: string | null;
  /** False when the answer did not reach the client whole. */
  delivered: boolean;
}

/** The record of one call of the token endpoint. */

/**
 * What a call came to. `issued`: a code was exchanged. `rotated`: first use of a refresh token. `same_again`: a repeated
 * use inside the window. `not_performed`: a fault kept HighLevel from seeing it. The others are refusals.
 */
export type TokenOutcome =
  | "issued"
  | "rotated"
  | "same_again"
  | "not_performed"
  | "bad_parameters"
  | "unsupported_grant"
  | "code_not_found"
  | "invalid_client"
  | "malformed_refresh_token"
  | "invalid_grant"
  | "not_active"
  | "rate_limited";

export interface TokenCall {
  /** Milliseconds since the epoch, by the simulator's clock. */
  at: number;
  /** As the client sent it; null when it sent none that could be read. */
  grantType: string | null;
  clientId: string | null;
  /** The code or refresh token that was presented. */
  credential: string | null;
  /** The location or company that the credential belongs to, where it is known. */
  resourceId: string | null;
  outcome: TokenOutcome;
  /** The kind of fault that struck, or null. */
  fault: string | null;
  /** False when the answer did not reach the client whole. */
  delivered: boolean;
}

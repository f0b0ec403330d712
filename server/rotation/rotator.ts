/** Hands out live access tokens and refreshes on demand: one POST a rotation, however many callers ask. */
import type { Result } from "../result.ts";

/** An access token that can be used now. */
export interface LiveToken {
  readonly accessToken: string;
  readonly expiresAt: Date;
  readonly scopes: readonly string[];
  readonly locationId: string | null;
  readonly companyId: string | null;
}

/**
 * - `not_connected`: there is no such connection, or its tokens were wiped
 * - `reconnect_required`, `location_paused`: see the states of a connection
 * - `refresh_failing`: no token that lives long enough could be had in time; asking again in `retryAfterSeconds` may help
 */
export type TokenRefusal =
  | { readonly reason: "not_connected" | "reconnect_required" | "location_paused" }
  | { readonly reason: "refresh_failing"; readonly retryAfterSeconds: number };

export interface Rotator {
  /**
   * The access token of a connection, refreshed first when less than `minTtlSeconds` of it are left. Throws when the
   * database fails.
   */
  liveToken(connectionId: string, minTtlSeconds: number): Promise<Result<LiveToken, TokenRefusal>>;
  /** Refreshes now, and resolves when that has come to an end or has taken too long. Throws when the database fails. */
  refreshNow(connectionId: string): Promise<void>;
}

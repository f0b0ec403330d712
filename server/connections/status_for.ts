/** What a client is told of a connection: a pure mapping from the row. */
import type { ConnectionStatus } from "#shared/connection_status.ts";

/** The columns of `connections` that a status is made of; none of them is a secret. */
export interface ConnectionRow {
  readonly id: string;
  readonly kind: "location" | "company";
  readonly locationId: string | null;
  readonly locationName: string | null;
  readonly companyId: string | null;
  readonly scopes: readonly string[];
  readonly accessTokenExpiresAt: Date | null;
  readonly lastRefreshedAt: Date | null;
}

/** `requiredScopes` are those of the settings: what was not granted is `missingScopes`. */
export function statusFor(row: ConnectionRow, requiredScopes: readonly string[]): ConnectionStatus {
  return {
    state: "connected",
    kind: row.kind,
    connectionId: row.id,
    locationId: row.locationId,
    locationName: row.locationName,
    companyId: row.companyId,
    scopes: [...row.scopes],
    missingScopes: requiredScopes.filter((scope) => !row.scopes.includes(scope)),
    accessTokenExpiresAt: row.accessTokenExpiresAt?.toISOString() ?? null,
    lastRefreshedAt: row.lastRefreshedAt?.toISOString() ?? null,
    nextRefreshAt: null,
    problem: null,
  };
}

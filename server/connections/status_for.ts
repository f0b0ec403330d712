/** What a client is told of a connection: a pure mapping from the row. */
import type { ConnectionProblem, ConnectionStatus } from "#shared/connection_status.ts";
import { stateFor } from "./problem_state.ts";

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
  readonly nextRefreshAt: Date | null;
  readonly problemCode: string | null;
  readonly problemSince: Date | null;
}

/** `requiredScopes` are those of the settings: what was not granted is `missingScopes`. */
export function statusFor(row: ConnectionRow, requiredScopes: readonly string[]): ConnectionStatus {
  return {
    state: stateFor(row.problemCode),
    kind: row.kind,
    connectionId: row.id,
    locationId: row.locationId,
    locationName: row.locationName,
    companyId: row.companyId,
    scopes: [...row.scopes],
    missingScopes: requiredScopes.filter((scope) => !row.scopes.includes(scope)),
    accessTokenExpiresAt: row.accessTokenExpiresAt?.toISOString() ?? null,
    lastRefreshedAt: row.lastRefreshedAt?.toISOString() ?? null,
    nextRefreshAt: nextRefreshAtOf(row),
    problem: problemOf(row),
  };
}

/** Where a person has to act first, no renewal is promised, although Relatch may try. */
function nextRefreshAtOf({ problemCode, nextRefreshAt }: ConnectionRow): string | null {
  return stateFor(problemCode) === "reconnect_required" ? null : nextRefreshAt?.toISOString() ?? null;
}

function problemOf(row: ConnectionRow): ConnectionProblem | null {
  const { problemCode, problemSince } = row;
  if (problemCode === null || problemSince === null) return null;
  return { code: problemCode, since: problemSince.toISOString(), retryAt: nextRefreshAtOf(row) };
}

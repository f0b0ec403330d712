/** The columns that a connection is seen by, with its agency's install where that reaches it. */
import type { Fragment, Queryable } from "../db/connect_database.ts";
import type { ConnectionView, InstallView } from "./status_for.ts";

/** A row of {@linkcode viewColumns}. */
export interface ViewRow extends Omit<ConnectionView, "own" | "agency">, InstallView {
  readonly hasOwn: boolean;
  readonly hasAgency: boolean;
  readonly mintedScopes: readonly string[] | null;
  readonly mintedExpiresAt: Date | null;
  readonly mintProblemCode: string | null;
  readonly mintProblemSince: Date | null;
  readonly mintRetryAt: Date | null;
  readonly agencyScopes: readonly string[] | null;
  readonly agencyLastRefreshedAt: Date | null;
  readonly agencyNextRefreshAt: Date | null;
  readonly agencyProblemCode: string | null;
  readonly agencyProblemSince: Date | null;
  readonly agencyRemovalRequestedAt: Date | null;
  readonly agencyRemovalDueAt: Date | null;
}

/** `connections c`, with its coverage `v` and the agency's row `a` where its agency's install reaches it. */
export function viewedConnections(db: Queryable): Fragment {
  return db`
    connections c
    LEFT JOIN coverages v ON v.connection_id = c.id AND v.installed
    LEFT JOIN connections a ON a.id = v.company_connection_id AND a.refresh_token IS NOT NULL`;
}

/** True for a connection that has an install: its own, or its agency's. */
export function isInstalled(db: Queryable): Fragment {
  return db`(c.refresh_token IS NOT NULL OR a.id IS NOT NULL)`;
}

export function viewColumns(db: Queryable): Fragment {
  return db`
    c.id, c.kind, c.location_id AS "locationId", c.location_name AS "locationName", c.company_id AS "companyId",
    c.refresh_token IS NOT NULL AS "hasOwn", a.id IS NOT NULL AS "hasAgency",
    c.scopes, c.access_token_expires_at AS "accessTokenExpiresAt", c.last_refreshed_at AS "lastRefreshedAt",
    c.next_refresh_at AS "nextRefreshAt", c.next_refresh_at AS "retryAt",
    c.problem_code AS "problemCode", c.problem_since AS "problemSince",
    c.removal_requested_at AS "removalRequestedAt", c.removal_due_at AS "removalDueAt",
    v.scopes AS "mintedScopes", v.access_token_expires_at AS "mintedExpiresAt",
    v.problem_code AS "mintProblemCode", v.problem_since AS "mintProblemSince", v.retry_at AS "mintRetryAt",
    a.scopes AS "agencyScopes", a.last_refreshed_at AS "agencyLastRefreshedAt",
    a.next_refresh_at AS "agencyNextRefreshAt",
    a.problem_code AS "agencyProblemCode", a.problem_since AS "agencyProblemSince",
    a.removal_requested_at AS "agencyRemovalRequestedAt", a.removal_due_at AS "agencyRemovalDueAt"`;
}

/** A pure mapping. A trouble of the location alone says more about it than one of its agency. */
export function viewFor(row: ViewRow): ConnectionView {
  const { id, kind, locationId, locationName, companyId, hasOwn, hasAgency } = row;
  return {
    id,
    kind,
    locationId,
    locationName,
    companyId,
    own: hasOwn ? row : null,
    agency: hasAgency ? agencyInstallOf(row) : null,
  };
}

function agencyInstallOf(row: ViewRow): InstallView {
  const isOfLocation = row.mintProblemCode !== null;
  const isMinted = row.mintedScopes !== null && row.mintedScopes.length > 0;
  return {
    scopes: (isMinted ? row.mintedScopes : row.agencyScopes) ?? [],
    accessTokenExpiresAt: row.mintedExpiresAt,
    lastRefreshedAt: row.agencyLastRefreshedAt,
    nextRefreshAt: row.agencyNextRefreshAt,
    problemCode: isOfLocation ? row.mintProblemCode : row.agencyProblemCode,
    problemSince: isOfLocation ? row.mintProblemSince : row.agencyProblemSince,
    retryAt: isOfLocation ? row.mintRetryAt : row.agencyNextRefreshAt,
    // Of the location alone, or together with its agency.
    removalRequestedAt: row.removalRequestedAt ?? row.agencyRemovalRequestedAt,
    removalDueAt: row.removalDueAt ?? row.agencyRemovalDueAt,
  };
}

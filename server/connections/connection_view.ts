/**
 * What a connection is seen by: its row, and its agency's install where that reaches it. The second is read by itself and
 * only where there is one: most connections have none, and are looked at all the time.
 */
import type { Fragment, Queryable } from "../db/connect_database.ts";
import { stateFor } from "./problem_state.ts";
import type { ConnectionView, InstallView } from "./status_for.ts";

/** A row of {@linkcode viewColumns}. */
export interface ViewRow extends Omit<ConnectionView, "own" | "agency">, InstallView {
  readonly hasOwn: boolean;
  /** An agency's install reaches it. */
  readonly isCovered: boolean;
}

/** `connections c`, with its coverage `v` where its agency's install reaches it. */
export function viewedConnections(db: Queryable): Fragment {
  return db`connections c LEFT JOIN coverages v ON v.connection_id = c.id AND v.installed`;
}

/** True for a connection that has an install: its own, or its agency's. */
export function isInstalled(db: Queryable): Fragment {
  return db`(c.refresh_token IS NOT NULL OR v.installed)`;
}

export function viewColumns(db: Queryable): Fragment {
  return db`
    c.id, c.kind, c.location_id AS "locationId", c.location_name AS "locationName", c.company_id AS "companyId",
    c.refresh_token IS NOT NULL AS "hasOwn", v.connection_id IS NOT NULL AS "isCovered",
    c.scopes, c.access_token_expires_at AS "accessTokenExpiresAt", c.last_refreshed_at AS "lastRefreshedAt",
    c.next_refresh_at AS "nextRefreshAt", c.problem_code AS "problemCode", c.problem_since AS "problemSince",
    c.removal_requested_at AS "removalRequestedAt", c.removal_due_at AS "removalDueAt"`;
}

/** The views of `rows` by id. One that has lost its install since is left out. */
export async function readViews(
  db: Queryable,
  rows: readonly ViewRow[],
): Promise<ReadonlyMap<string, ConnectionView>> {
  const covered = rows.filter(({ isCovered }) => isCovered).map(({ id }) => id);
  const agencies = covered.length === 0 ? new Map() : await readAgencyInstalls(db, covered);
  const views = new Map<string, ConnectionView>();
  for (const row of rows) {
    const { id, kind, locationId, locationName, companyId, hasOwn } = row;
    const agency = agencies.get(id);
    if (!hasOwn && agency === undefined) continue;
    views.set(id, {
      id,
      kind,
      locationId,
      locationName,
      companyId,
      own: hasOwn ? row : null,
      agency: agency === undefined ? null : agencyInstallOf(row, agency),
    });
  }
  return views;
}

/** `minted`: of the location alone. The others are those of the agency's own install. */
interface AgencyRow extends InstallView {
  readonly connectionId: string;
  readonly mintedScopes: readonly string[];
  readonly mintProblemCode: string | null;
  readonly mintProblemSince: Date | null;
  readonly mintRetryAt: Date | null;
}

async function readAgencyInstalls(
  db: Queryable,
  connectionIds: readonly string[],
): Promise<Map<string, AgencyRow>> {
  const rows = await db<AgencyRow[]>`
    SELECT v.connection_id AS "connectionId",
      CASE WHEN v.is_outdated THEN '{}' ELSE v.scopes END AS "mintedScopes",
      v.access_token_expires_at AS "accessTokenExpiresAt",
      v.problem_code AS "mintProblemCode", v.problem_since AS "mintProblemSince", v.retry_at AS "mintRetryAt",
      a.scopes, a.last_refreshed_at AS "lastRefreshedAt", a.next_refresh_at AS "nextRefreshAt",
      a.problem_code AS "problemCode", a.problem_since AS "problemSince",
      a.removal_requested_at AS "removalRequestedAt", a.removal_due_at AS "removalDueAt"
    FROM coverages v JOIN connections a ON a.id = v.company_connection_id
    WHERE v.connection_id = ANY(${connectionIds}::uuid[]) AND v.installed AND a.refresh_token IS NOT NULL`;
  return new Map(rows.map((row) => [row.connectionId, row]));
}

/** A trouble of the location alone says more about it than one of its agency, unless that has to be connected again first. */
function agencyInstallOf(location: ViewRow, agency: AgencyRow): InstallView {
  const isOfLocation = agency.mintProblemCode !== null &&
    stateFor(agency.problemCode) !== "reconnect_required";
  return {
    ...agency,
    scopes: agency.mintedScopes.length > 0 ? agency.mintedScopes : agency.scopes,
    problemCode: isOfLocation ? agency.mintProblemCode : agency.problemCode,
    problemSince: isOfLocation ? agency.mintProblemSince : agency.problemSince,
    ...(isOfLocation ? { retryAt: agency.mintRetryAt } : {}),
    // Of the location alone, or together with its agency.
    removalRequestedAt: location.removalRequestedAt ?? agency.removalRequestedAt,
    removalDueAt: location.removalDueAt ?? agency.removalDueAt,
  };
}

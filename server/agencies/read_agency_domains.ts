/** Reads under which hosts the agencies of a session's connections show HighLevel. */
import type { AgencyDomains } from "#shared/agency_domains.ts";
import type { Database } from "../db/connect_database.ts";
import { isInstalled, viewedConnections } from "../connections/connection_view.ts";
import { liveGrants } from "../connections/live_grants.ts";

/** More than that are in nobody's bookmarks. */
const MOST_DOMAINS = 200;

/** Only of connections that have an install. */
export async function readAgencyDomains(db: Database, sessionId: string): Promise<AgencyDomains["domains"]> {
  return await db<AgencyDomains["domains"]>`
    SELECT DISTINCT g.company_id AS "companyId", g.name AS "companyName", g.whitelabel_domain AS domain
    FROM ${liveGrants(db)} s
    JOIN (${viewedConnections(db)}) ON c.id = s.connection_id
    JOIN agencies g ON g.company_id = c.company_id AND g.whitelabel_domain IS NOT NULL
    WHERE s.session_id = ${sessionId} AND ${isInstalled(db)}
    ORDER BY g.company_id LIMIT ${MOST_DOMAINS}`;
}

/** Finds the agencies that are connected. */
import type { Database } from "../db/connect_database.ts";
import type { Agency } from "./cover_locations.ts";

/** `undefined` when no agency with this id is connected. */
export async function readAgency(db: Database, companyId: string): Promise<Agency | undefined> {
  const [row] = await db<Agency[]>`
    SELECT id AS "connectionId", company_id AS "companyId" FROM connections
    WHERE kind = 'company' AND company_id = ${companyId} AND refresh_token IS NOT NULL`;
  return row;
}

/**
 * Those that may have `locationId`, when HighLevel does not say whose it is: the one that is known to have it, else up to
 * `limit`, first those whose installs come to new locations by themselves.
 */
export async function readPossibleAgencies(
  db: Database,
  { locationId, limit }: { locationId: string; limit: number },
): Promise<Agency[]> {
  const known = await db<Agency[]>`
    SELECT a.id AS "connectionId", a.company_id AS "companyId"
    FROM connections c JOIN connections a ON a.kind = 'company' AND a.company_id = c.company_id
    WHERE c.kind = 'location' AND c.location_id = ${locationId} AND a.refresh_token IS NOT NULL`;
  if (known.length > 0) return known;
  return await db<Agency[]>`
    SELECT c.id AS "connectionId", c.company_id AS "companyId"
    FROM connections c JOIN agencies g ON g.company_id = c.company_id
    WHERE c.kind = 'company' AND c.refresh_token IS NOT NULL
    ORDER BY g.installs_future_locations DESC, c.created_at DESC LIMIT ${limit}`;
}

/** The agency whose install reaches the location, as far as is known. */
export async function readCoveringAgency(db: Database, locationId: string): Promise<Agency | undefined> {
  const [row] = await db<Agency[]>`
    SELECT a.id AS "connectionId", a.company_id AS "companyId"
    FROM connections c
    JOIN coverages v ON v.connection_id = c.id AND v.installed
    JOIN connections a ON a.id = v.company_connection_id AND a.refresh_token IS NOT NULL
    WHERE c.kind = 'location' AND c.location_id = ${locationId}`;
  return row;
}

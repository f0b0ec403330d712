/** Ends what an agency's install did for its locations. Their minted tokens are wiped; rows and history stay. */
import { insertEvents } from "../connections/append_event.ts";
import type { Fragment, Queryable, Transaction } from "../db/connect_database.ts";
import { undoubted } from "../connections/untroubled.ts";
import { listNoMore } from "./listing_schedule.ts";

export interface UncoverLocationOptions {
  readonly locationId: string;
  /** Only as far as this agency is concerned: another one may have the location now. */
  readonly companyConnectionId: string;
  /** When HighLevel was asked, by the database's clock. */
  readonly askedAt: Date;
  readonly cause: string;
  readonly actor: string;
}

/** One location. False when it was not covered by this agency, or when a newer answer is known. */
export async function uncoverLocation(
  db: Queryable,
  { locationId, companyConnectionId, askedAt, cause, actor }: UncoverLocationOptions,
): Promise<boolean> {
  const uncovered = await db`
    WITH changed AS (
      UPDATE coverages v SET ${uncovering(db)}, asked_at = ${askedAt}
      FROM connections c
      WHERE c.id = v.connection_id AND c.kind = 'location' AND c.location_id = ${locationId}
        AND v.company_connection_id = ${companyConnectionId} AND v.asked_at <= ${askedAt} AND v.installed
      RETURNING v.connection_id
    ), done AS (
      ${endRemovals(db)}
    ), noted AS (
      ${insertEvents(db)} SELECT connection_id, 'uncovered', ${cause}, ${actor} FROM changed
    )
    SELECT connection_id FROM changed`;
  return uncovered.length > 0;
}

/** All locations of an agency that is not connected any more. */
export async function uncoverCompany(
  tx: Transaction,
  { companyConnectionId, companyId, cause, actor }: {
    companyConnectionId: string;
    companyId: string | null;
    cause: string;
    actor: string;
  },
): Promise<void> {
  await tx`
    WITH changed AS (
      UPDATE coverages SET ${uncovering(tx)}, asked_at = now()
      WHERE company_connection_id = ${companyConnectionId} AND installed
      RETURNING connection_id
    ), done AS (
      ${endRemovals(tx)}
    )
    ${insertEvents(tx)} SELECT connection_id, 'uncovered', ${cause}, ${actor} FROM changed`;
  if (companyId !== null) await listNoMore(tx, companyId);
}

/** There is nothing left to remove in those that were `changed`, unless they have an install of their own. */
function endRemovals(db: Queryable): Fragment {
  return db`
    UPDATE connections c SET ${undoubted(db)} FROM changed
    WHERE c.id = changed.connection_id AND c.removal_requested_at IS NOT NULL AND c.refresh_token IS NULL`;
}

function uncovering(db: Queryable): Fragment {
  return db`installed = false, check_due_at = NULL, check_failures = 0, ${unminted(db)}`;
}

/** The columns of a coverage for which no token was minted, or none that counts any more. */
export function unminted(db: Queryable): Fragment {
  return db`
    access_token = NULL, access_token_expires_at = NULL, minted_at = NULL, scopes = '{}', is_outdated = false,
    mint_lease_id = NULL, mint_lease_expires_at = NULL,
    problem_code = NULL, problem_since = NULL, retry_at = NULL`;
}

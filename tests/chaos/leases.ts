/**
 * Brings forward, at the end of a run, what would only be waited for: leases of processes that died, and the hour until an
 * agency is listed again. Nothing is marked as done by that.
 */
import type { Database } from "../../server/db/connect_database.ts";

export interface Leases {
  /** What is claimed or put off is due now, as if minutes had passed; and agencies that were not listed since their last install. */
  breakAll(): Promise<void>;
  /** Only of removals that nobody is at, as far as can be seen. */
  breakRemovals(): Promise<void>;
  /** Every agency is due to be listed. */
  listAll(): Promise<void>;
  /** What would have been waited for longer than anybody should. */
  tooLong(): ReadonlySet<string>;
  /** How many webhooks were due earlier by that, and how many listings. */
  broken(): number;
  listings(): number;
}

/** Longer than HighLevel's list may be behind its webhooks: what contradicts a webhook now is believed then. */
const LAG_SECONDS = 300;

/** A removal that nothing has happened to takes less. */
const PATIENT_SECONDS = 8;
/** The longest pause is an hour, and half as much where HighLevel is to be left alone. */
const LONGEST_SECONDS = 2 * 3600;

export function createLeases(database: Database): Leases {
  const tooLong = new Set<string>();
  let broken = 0;
  let listings = 0;
  return {
    async breakAll() {
      await findTooLong(database, tooLong);
      const webhooks = await database`
        UPDATE webhook_inbox SET due_at = now(), received_at = received_at - make_interval(secs => ${LAG_SECONDS})
        WHERE due_at > now() RETURNING webhook_id`;
      broken += webhooks.length;
      await database`UPDATE coverages SET check_due_at = now() WHERE check_due_at > now()`;
      await database`UPDATE coverages SET retry_at = now() WHERE problem_code IS NOT NULL AND retry_at > now()`;
      await database`UPDATE connections SET check_due_at = now() WHERE check_due_at > now()`;
      await database`UPDATE connections SET removal_due_at = now() WHERE removal_due_at > now()`;
      const unlisted = await database`
        UPDATE agencies g SET listing_due_at = now() FROM connections c
        WHERE c.kind = 'company' AND c.company_id = g.company_id AND g.listing_due_at > now()
          AND (g.listed_at IS NULL OR g.listed_at <= c.authorized_at + interval '1 second')
        RETURNING g.company_id`;
      listings += unlisted.length;
    },
    async breakRemovals() {
      await findTooLong(database, tooLong);
      await database`
        UPDATE connections SET removal_due_at = now()
        WHERE removal_due_at > now() AND removal_requested_at < now() - make_interval(secs => ${PATIENT_SECONDS})`;
    },
    async listAll() {
      const due = await database`
        UPDATE agencies SET listing_due_at = now() WHERE listing_due_at IS NOT NULL RETURNING company_id`;
      listings += due.length;
    },
    tooLong: () => tooLong,
    broken: () => broken,
    listings: () => listings,
  };
}

async function findTooLong(database: Database, found: Set<string>): Promise<void> {
  const rows = await database<{ what: string; dueAt: Date }[]>`
    SELECT what, due_at AS "dueAt" FROM (
      SELECT 'A webhook', due_at FROM webhook_inbox
      UNION ALL SELECT 'A location''s check', check_due_at FROM coverages
      UNION ALL SELECT 'A location''s token', retry_at FROM coverages
      UNION ALL SELECT 'An install''s check', check_due_at FROM connections
      UNION ALL SELECT 'A removal', removal_due_at FROM connections
      UNION ALL SELECT 'A listing', listing_due_at FROM agencies
    ) waiting (what, due_at)
    WHERE due_at > now() + make_interval(secs => ${LONGEST_SECONDS})`;
  for (const { what, dueAt } of rows) found.add(`${what} was put off until ${dueAt.toISOString()}`);
}

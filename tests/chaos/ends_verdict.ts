/** Ending an install is for good: of each end in the history somebody must have removed the app before. */
import type { Database } from "../../server/db/connect_database.ts";
import type { InstallBook } from "./install_book.ts";
import type { Violation } from "./violation.ts";

/** An entry of the history, in its order. */
export interface EndEvent {
  /** Of the location or company. */
  readonly resourceId: string;
  /** The company, or that of the location, if it is known. */
  readonly companyId: string | null;
  readonly event: string;
  readonly cause: string;
  readonly at: Date;
}

/** An answer may have been on its way for so long when it was stored. */
const LATE_MILLISECONDS = 30_000;

export async function readEnds(database: Database): Promise<EndEvent[]> {
  return await database<EndEvent[]>`
    SELECT CASE c.kind WHEN 'company' THEN c.company_id ELSE c.location_id END AS "resourceId",
      c.company_id AS "companyId", e.event, e.cause, e.at
    FROM connection_events e JOIN connections c ON c.id = e.connection_id
    WHERE e.event IN ('disconnected', 'covered', 'uncovered') ORDER BY e.id`;
}

/** A pure judgement of what `readEnds()` gives. */
export function judgeEnds(events: readonly EndEvent[], book: InstallBook): Violation[] {
  const violations: Violation[] = [];
  const coveredAt = new Map<string, number>();
  for (const { resourceId, companyId, event, cause, at } of events) {
    const until = at.getTime();
    if (event === "covered") {
      coveredAt.set(resourceId, until);
      continue;
    }
    const from = event === "disconnected"
      ? book.consentBefore(resourceId, until)
      : (coveredAt.get(resourceId) ?? 0) - LATE_MILLISECONDS;
    const removable = companyId === null ? [resourceId] : [resourceId, companyId];
    if (from === undefined || book.isRemovedBetween(removable, { from, until })) continue;
    const what = `"${resourceId}" was ${event} because of "${cause}", and nobody had removed it since`;
    violations.push({ what, locationId: resourceId });
  }
  return violations;
}

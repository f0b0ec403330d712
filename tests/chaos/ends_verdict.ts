/** Ending an install is for good: before each end in the history somebody must have removed the app, and nothing lives on. */
import type { Database } from "../../server/db/connect_database.ts";
import type { InstallBook } from "./install_book.ts";
import type { Violation } from "./violation.ts";

/** An entry of the history, in its order. */
export interface HistoryEvent {
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

const LIFE_EVENTS = ["connected", "reauthorized", "renewed", "disconnected", "covered", "uncovered"];

export async function readHistory(database: Database): Promise<HistoryEvent[]> {
  return await database<HistoryEvent[]>`
    SELECT CASE c.kind WHEN 'company' THEN c.company_id ELSE c.location_id END AS "resourceId",
      c.company_id AS "companyId", e.event, e.cause, e.at
    FROM connection_events e JOIN connections c ON c.id = e.connection_id
    WHERE e.event = ANY(${LIFE_EVENTS}) ORDER BY e.id`;
}

/** A pure judgement of what `readHistory()` gives. */
export function judgeEnds(events: readonly HistoryEvent[], book: InstallBook): Violation[] {
  const violations: Violation[] = [];
  const ended = new Set<string>();
  const coveredAt = new Map<string, number>();
  const say = ({ resourceId, event, cause }: HistoryEvent, what: string): void =>
    void violations.push({
      what: `"${resourceId}" was ${event} because of "${cause}", ${what}`,
      locationId: resourceId,
    });

  function judgeEnd(event: HistoryEvent, from: number | undefined): void {
    const { resourceId, companyId } = event;
    const removable = companyId === null ? [resourceId] : [resourceId, companyId];
    const isMeant = from === undefined ||
      book.isRemovedBetween(removable, { from, until: event.at.getTime() });
    if (!isMeant) say(event, "and nobody had removed it since");
  }

  for (const event of events) {
    const { resourceId, at } = event;
    switch (event.event) {
      case "connected":
      case "reauthorized":
        ended.delete(resourceId);
        break;
      case "renewed":
        if (ended.has(resourceId)) say(event, "although it had ended");
        break;
      case "covered":
        coveredAt.set(resourceId, at.getTime());
        break;
      case "disconnected":
        ended.add(resourceId);
        judgeEnd(event, book.consentBefore(resourceId, at.getTime()));
        break;
      case "uncovered":
        judgeEnd(event, (coveredAt.get(resourceId) ?? 0) - LATE_MILLISECONDS);
    }
  }
  return violations;
}

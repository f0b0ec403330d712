/** Whoever reaches HighLevel's limits is told to wait: what was on its way may be refused, and nothing may hammer on. */
import type { ApiCall } from "./call_verdict.ts";
import type { Violation } from "./violation.ts";

/** HighLevel counts the calls of ten seconds. */
const PERIOD_MILLISECONDS = 10_000;
/** So many of all kinds of work are under way in a process at a time (server/upkeep/work_sources.ts). */
const AT_ONCE = 14;

/** A pure judgement: in ten seconds no more calls about one resource are refused than were on their way. */
export function judgeLimits(calls: readonly ApiCall[], servers: number): Violation[] {
  const refused = new Map<string, number>();
  for (const { at, resourceId, status, fault } of calls) {
    if (status !== 429 || fault !== null) continue;
    const period = `${resourceId} ${Math.floor(at / PERIOD_MILLISECONDS)}`;
    refused.set(period, (refused.get(period) ?? 0) + 1);
  }
  return [...refused].filter(([, count]) => count > servers * AT_ONCE).map(([period, count]) => {
    const [resourceId = ""] = period.split(" ");
    const what = `HighLevel refused ${count} calls about "${resourceId}" in ten seconds as too many`;
    return { what, locationId: resourceId };
  });
}

/** Which location the popup is about. */
import type { ActiveLocation } from "../active_location.ts";
import type { Attempt } from "../attempt.ts";

/** `hidden`: the browser does not say what the tab shows, since the popup was not opened by a click on the icon. */
export type Page = ActiveLocation | { kind: "hidden" };

/** An outcome older than this is no longer news. */
export const OUTCOME_SHOWN_MS = 15 * 60_000;

/** Whether the outcome has just come. `now` in milliseconds since 1970. */
export function isNews({ endedAt }: { endedAt: number }, now: number): boolean {
  // A clock that was set back must not keep an outcome news for ever.
  return Math.abs(now - endedAt) <= OUTCOME_SHOWN_MS;
}

/** The location of the page; behind a hidden page that of the attempt, which was started there. */
export function viewedLocationId(page: Page, attempt: Attempt | null): string | null {
  if (page.kind === "location") return page.locationId;
  if (page.kind !== "hidden" || attempt === null) return null;
  if (attempt.phase === "connected") return attempt.locationId ?? attempt.connection.locationId;
  return attempt.locationId;
}

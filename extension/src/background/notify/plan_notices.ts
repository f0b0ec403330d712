/** Decides whom to tell what. Pure: the same input gives the same plan. */
import type { ConnectionStatus } from "#shared/connection_status.ts";
import { lacksAgencyScope } from "../../popup/lacks_agency_scope.ts";
import { shortened } from "../../popup/note.ts";

/** More at once become one: a broken evening must not fill the screen. */
export const MOST_NOTICES = 3;

/** `name`: of the location; null when it is not known. */
export type Notice =
  | { kind: "location"; connectionId: string; name: string | null }
  | { kind: "agency"; connectionId: string }
  | { kind: "summary"; count: number };

export type Plan = {
  notices: Notice[];
  /** What is told now or was told before, and still needs a person. */
  told: string[];
};

/**
 * One notice for each connection that has to be connected again, and one for an agency on whose install several live: a
 * single sign-in restores them all. `told` are the keys of an earlier plan; what is well again is not among the new ones, so that it
 * is told when it breaks the next time.
 */
export function planNotices(
  { told, connections }: { told: readonly string[]; connections: readonly ConnectionStatus[] },
): Plan {
  const needing = new Map<string, Notice>();
  for (const status of connections) {
    const { state, kind, connectionId, companyId, locationId, locationName } = status;
    if (state !== "reconnect_required" || connectionId === null || lacksAgencyScope(status)) continue;
    if (kind !== "company") {
      const name = locationName === null ? null : shortened(locationName);
      needing.set(connectionId, { kind: "location", connectionId, name });
      continue;
    }
    const key = `company ${companyId ?? connectionId}`;
    // The agency's own connection, when it is in sight, says more than that of one of its locations.
    if (locationId === null || !needing.has(key)) needing.set(key, { kind: "agency", connectionId });
  }
  const news = [...needing].filter(([key]) => !told.includes(key)).map(([, notice]) => notice);
  return {
    notices: news.length > MOST_NOTICES ? [{ kind: "summary", count: news.length }] : news,
    told: [...needing.keys()],
  };
}

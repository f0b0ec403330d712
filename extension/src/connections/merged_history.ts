/** The known part of a connection's history, which grows at both ends. */
import type { ConnectionEvents, HistoryEvent } from "#shared/connection_events.ts";

/** With the newest page as it is now. What lies between it and the known part is not made up: then the page is all. */
export function withNewest(known: ConnectionEvents | null, page: ConnectionEvents): ConnectionEvents {
  const first = known?.events[0];
  const overlap = first === undefined ? -1 : page.events.findIndex((event) => isSame(event, first));
  if (known === null || overlap === -1) return page;
  return { ...known, events: [...page.events.slice(0, overlap), ...known.events] };
}

/** With the page that `known.nextCursor` asked for. */
export function withOlder(known: ConnectionEvents, page: ConnectionEvents): ConnectionEvents {
  return { ...page, events: [...known.events, ...page.events] };
}

function isSame(a: HistoryEvent, b: HistoryEvent): boolean {
  return a.at === b.at && a.event === b.event && a.cause === b.cause;
}

/** The history of a connection as a list to read: what happens every day is one entry, until something else happens. */
import type { HistoryEvent } from "#shared/connection_events.ts";
import type { MessageKey, Text } from "../text.ts";
import { meaningOf, reasonOf } from "./history_event.ts";
import type { Category } from "./listed_connections.ts";

export type HistoryEntry = {
  /** Null for an event that this version does not know. */
  category: Category | null;
  text: Text;
  reason: MessageKey | null;
  /** How many events this stands for. */
  count: number;
  /** When the oldest and the newest of them happened, in milliseconds since 1970. */
  from: number;
  to: number;
};

/** Events and entries come with the newest first. */
export function historyEntriesFor(events: readonly HistoryEvent[]): HistoryEntry[] {
  const entries: HistoryEntry[] = [];
  let previous: string | null = null;
  for (const event of events) {
    const at = Date.parse(event.at);
    const last = entries.at(-1);
    if (event.event === "renewed" && previous === "renewed" && last !== undefined) {
      last.from = at;
      last.count += 1;
    } else {
      entries.push(entryFor(event, at));
    }
    previous = event.event;
  }
  return entries;
}

function entryFor(event: HistoryEvent, at: number): HistoryEntry {
  const meaning = meaningOf(event);
  return {
    category: meaning?.category ?? null,
    text: meaning === null ? { verbatim: event.event } : { key: meaning.label },
    reason: reasonOf(event),
    count: 1,
    from: at,
    to: at,
  };
}

/** The history of a connection as a picture, in data: bands of time in one state, and marks for what restored or renewed it. */
import type { HistoryEvent } from "#shared/connection_events.ts";
import type { ConnectionStatus } from "#shared/connection_status.ts";
import { meaningOf } from "./history_event.ts";
import { type Category, categoryOf } from "./listed_connections.ts";

const [HOUR_MS, DAY_MS] = [3_600_000, 86_400_000];

/** Further back nothing can be told apart in a small picture; the list goes on. */
export const LONGEST_MS = 30 * DAY_MS;

/** A connection that was made just now has a picture too. */
const SHORTEST_MS = HOUR_MS;

/** Renewals closer than this part of the picture are one mark. */
const CLOSE = 1 / 100;

export const MARKS = ["renewed", "recovered", "reauthorized"] as const;

/** Times in milliseconds since 1970. */
export type Band = { category: Category; from: number; to: number };

/**
 * - `renewed`: once, or `count` times within a short time
 * - `recovered`: renewed after a time of trouble
 * - `reauthorized`: a person connected it again
 */
export type Mark = { kind: typeof MARKS[number]; from: number; to: number; count: number };

export type Timeline = { from: number; to: number; bands: Band[]; marks: Mark[] };

/** The picture of `events` (the newest first) until `now`; null when they tell of no state. */
export function timelineFor(
  events: readonly HistoryEvent[],
  { status, now }: { status: ConnectionStatus; now: number },
): Timeline | null {
  const moments = events.toReversed().flatMap((event) => {
    const category = meaningOf(event)?.category;
    return category === undefined ? [] : [{ event: event.event, at: Date.parse(event.at), category }];
  });
  const [oldest, newest] = [moments[0], moments.at(-1)];
  if (oldest === undefined || newest === undefined) return null;
  // The server's clock may be ahead of this one.
  const to = Math.max(now, newest.at);
  const from = Math.min(Math.max(oldest.at, to - LONGEST_MS), to - SHORTEST_MS);
  const changes = [...moments, ...unwritten(status, newest)];
  return {
    from,
    to,
    bands: bandsOf(changes, to).flatMap((band) =>
      band.to <= from ? [] : [{ ...band, from: Math.max(band.from, from) }]
    ),
    marks: marksOf(moments.filter(({ at }) => at >= from), (to - from) * CLOSE),
  };
}

type Change = { at: number; category: Category };

/** What happens to an agency's install is not written at its locations: the status itself knows better. */
function unwritten(status: ConnectionStatus, newest: Change): Change[] {
  const category = categoryOf(status);
  if (category === newest.category) return [];
  return [{ category, at: Math.max(newest.at, Date.parse(status.problem?.since ?? "") || 0) }];
}

function bandsOf(changes: readonly Change[], to: number): Band[] {
  const bands: Band[] = [];
  for (const [index, { at, category }] of changes.entries()) {
    const end = Math.min(changes[index + 1]?.at ?? to, to);
    const last = bands.at(-1);
    if (last?.category === category) last.to = end;
    else if (end > at) bands.push({ category, from: at, to: end });
  }
  return bands;
}

function marksOf(moments: readonly { event: string; at: number }[], close: number): Mark[] {
  const marks: Mark[] = [];
  for (const { event, at } of moments) {
    const kind = MARKS.find((mark) => mark === event);
    const last = marks.at(-1);
    if (kind === undefined) continue;
    if (kind === "renewed" && last?.kind === kind && at - last.to < close) {
      last.to = at;
      last.count += 1;
    } else {
      marks.push({ kind, from: at, to: at, count: 1 });
    }
  }
  return marks;
}

/** The history of a connection: a picture of the last days, and below it the same as a list, with what came before. */
import { Button } from "../button.tsx";
import { message, textLanguage, words } from "../message.ts";
import { StatusGlyph } from "../popup/status_glyph.tsx";
import { badgeFor } from "../popup/status_view.ts";
import { type ConnectionStatus, notConnectedStatus } from "#shared/connection_status.ts";
import { useMemo } from "hono/jsx/dom";
import type { JSX } from "hono/jsx/dom/jsx-runtime";
import { historyEntriesFor, type HistoryEntry } from "./history_entries.ts";
import type { Category } from "./listed_connections.ts";
import { number } from "./list_tools.tsx";
import type { HistoryState, OpenedState } from "./opened_connection.ts";
import { timelineFor } from "./timeline.ts";
import { TimelinePicture } from "./timeline_picture.tsx";
import type { MessageKey } from "../text.ts";

export type HistoryProps = {
  opened: OpenedState;
  status: ConnectionStatus;
  now: number;
  onOlder: () => void;
};

const NOTES: Record<HistoryState, MessageKey | null> = {
  loading: "connections_loading",
  loaded: null,
  unsupported: "history_unsupported",
  away: "history_away",
};

export function History({ opened, status, now, onOlder }: HistoryProps): JSX.Element {
  const { history, isLoadingOlder } = opened;
  const events = history?.events ?? [];
  const entries = useMemo(() => historyEntriesFor(events), [history]);
  const timeline = timelineFor(events, { status, now });
  const note = NOTES[opened.historyState];
  return (
    <>
      <h3>{message("history_title")}</h3>
      {note !== null && <p class="hint">{message(note)}</p>}
      {timeline !== null && <TimelinePicture timeline={timeline} />}
      <ol class="history">
        {entries.map((entry) => <Entry key={`${entry.to} ${entry.category}`} entry={entry} />)}
      </ol>
      {history !== null && history.nextCursor !== null && (
        <Button
          action="older"
          label="history_older"
          style="quiet"
          isDisabled={isLoadingOlder}
          onClick={onOlder}
        />
      )}
    </>
  );
}

function Entry({ entry }: { entry: HistoryEntry }): JSX.Element {
  const { category, count, from, to, reason } = entry;
  const icon = iconOf(category);
  return (
    <li class={`tone-${icon}`}>
      <StatusGlyph icon={icon} />
      <div>
        <p>{count === 1 ? words(entry.text) : message("event_renewed_many", [number(count)])}</p>
        {reason !== null && <p class="hint">{message(reason)}</p>}
        <p class="hint">
          <time datetime={new Date(to).toISOString()}>{whenText(from, to)}</time>
        </p>
      </div>
    </li>
  );
}

function iconOf(category: Category | null) {
  const state = category === "disconnecting" ? "degraded" : category ?? "not_connected";
  return badgeFor({ ...notConnectedStatus(null), state }).icon;
}

function whenText(from: number, to: number): string {
  const format = new Intl.DateTimeFormat(textLanguage(), {
    dateStyle: "medium",
    ...(from === to ? { timeStyle: "short" } : {}),
  });
  return format.formatRange(from, to);
}

/** One page of the list: a table, which narrow windows show as cards. */
import { message, textLanguage, words } from "../message.ts";
import { lacksScopes } from "../popup/note.ts";
import { StatusGlyph } from "../popup/status_glyph.tsx";
import { badgeFor } from "../popup/status_view.ts";
import { relativeTime } from "../relative_time.ts";
import type { ConnectionStatus } from "#shared/connection_status.ts";
import type { JSX } from "hono/jsx/dom/jsx-runtime";
import { nameOf } from "./detail_view.ts";
import { idOf } from "./listed_connections.ts";
import { hashFor } from "./route.ts";

export type ConnectionTableProps = {
  rows: readonly ConnectionStatus[];
  openedId: string | null;
  now: number;
};

/** The roles are written out, since cards are no table to a browser. */
export function ConnectionTable({ rows, openedId, now }: ConnectionTableProps): JSX.Element {
  const columns = [
    message("column_location"),
    message("column_state"),
    message("fact_last_refreshed"),
    message("fact_next_refresh"),
  ];
  return (
    <table role="table">
      <thead role="rowgroup">
        <tr role="row">
          {columns.map((column) => <th key={column} role="columnheader" scope="col">{column}</th>)}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows.map((status) => <Row key={status.connectionId} {...{ status, openedId, now, columns }} />)}
      </tbody>
    </table>
  );
}

type RowProps = { status: ConnectionStatus; openedId: string | null; now: number; columns: string[] };

function Row({ status, openedId, now, columns }: RowProps): JSX.Element {
  const connectionId = status.connectionId ?? "";
  const badge = badgeFor(status);
  const name = words(nameOf(status));
  const next = status.nextRefreshAt ?? status.problem?.retryAt ?? null;
  return (
    <tr role="row" class={`tone-${badge.icon}`}>
      <td role="cell">
        <a
          class="name"
          dir="auto"
          href={hashFor({ kind: "connection", connectionId })}
          aria-current={connectionId === openedId ? "true" : "false"}
        >
          {name}
        </a>
        {idOf(status) !== name && <span class="id">{idOf(status)}</span>}
      </td>
      <td role="cell">
        <span class="badge">
          <StatusGlyph icon={badge.icon} key={badge.icon} />
          {message(badge.label)}
        </span>
        {lacksScopes(status) && <span class="lacking">{message("scopes_missing")}</span>}
      </td>
      <td role="cell" data-label={columns[2]}>{timeText(status.lastRefreshedAt, now)}</td>
      <td role="cell" data-label={columns[3]}>{timeText(next, now, now)}</td>
    </tr>
  );
}

/** What was to happen by now is due: "now", and not "5 minutes ago". */
function timeText(time: string | null, now: number, earliest = 0): string {
  if (time === null) return "–";
  return relativeTime(Math.max(Date.parse(time), earliest), { now, language: textLanguage() });
}

/** Connections as a CSV file (RFC 4180) that a spreadsheet opens as it is: UTF-8 with its mark, lines end with CRLF. */
import { type ConnectionStatus, notConnectedStatus } from "#shared/connection_status.ts";

/** Names of columns are the same in every language, since programs read them too. Times are ISO 8601 UTC. */
function columnsOf(status: ConnectionStatus): Record<string, string | null | undefined> {
  return {
    name: status.locationName,
    state: status.state,
    installed_by: status.kind,
    location_id: status.locationId,
    company_id: status.companyId,
    connection_id: status.connectionId,
    last_renewed_at: status.lastRefreshedAt,
    next_renewal_at: status.nextRefreshAt,
    problem: status.problem?.code,
    problem_since: status.problem?.since,
    missing_scopes: status.missingScopes.join(" "),
  };
}

/** The whole file, one connection a line below the names of the columns. */
export function csvOf(connections: readonly ConnectionStatus[]): string {
  const header = Object.keys(columnsOf(notConnectedStatus(null)));
  const lines = connections.map((status) => Object.values(columnsOf(status)));
  return "\uFEFF" + [header, ...lines].map((cells) => cells.map(cellOf).join(",") + "\r\n").join("");
}

/** A name can begin like a formula, which a spreadsheet would calculate; with an apostrophe before it is text. */
function cellOf(value: string | null | undefined): string {
  const text = (value ?? "").replace(/^[=+\-@\t\r\n＝＋－＠]/, "'$&");
  // Spreadsheets of many languages part cells at a semicolon.
  return /[",;\t\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** With the day on which it was made, where the person is. `now` in milliseconds since 1970. */
export function csvFileName(now: number): string {
  // Swedish writes a day as ISO 8601 does.
  return `relatch-connections-${new Date(now).toLocaleDateString("sv")}.csv`;
}

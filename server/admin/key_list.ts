/** The list of keys, as a table for people and as JSON for programs. Neither holds a secret. */
import type { StoredKey } from "../api_keys/stored_keys.ts";

const HEADINGS = ["NAME", "ID", "SCOPE", "CREATED", "LAST USED", "REVOKED"];
const GAP = "  ";

/** One line a key below a line of headings; times are UTC, to the minute. */
export function keyTable(keys: readonly StoredKey[]): string {
  const rows = [HEADINGS, ...keys.map(cellsOf)];
  const widths = HEADINGS.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(GAP).trimEnd())
    .join("\n");
}

/** An array of `{id, name, scope: {kind, id}, createdAt, lastUsedAt, revokedAt}`; times ISO 8601 UTC or `null`. */
export function keysAsJson(keys: readonly StoredKey[]): string {
  return JSON.stringify(keys, null, 2);
}

function cellsOf({ name, id, scope, createdAt, lastUsedAt, revokedAt }: StoredKey): string[] {
  const dates = [createdAt, lastUsedAt, revokedAt];
  return [
    name,
    id,
    `${scope.kind} ${scope.id}`,
    ...dates.map((date) => date === null ? "-" : minuteOf(date)),
  ];
}

function minuteOf(date: Date): string {
  return `${date.toISOString().slice(0, 16).replace("T", " ")}Z`;
}

/** Which connections are listed, and in which order. Pure, and quick for thousands. */
import type { ConnectionState, ConnectionStatus } from "#shared/connection_status.ts";
import { lacksScopes } from "../popup/note.ts";
import { isBeingRemoved } from "../popup/removal.ts";

/** What a badge tells apart: the state, and whether the connection is being removed. */
export type Category = ConnectionState | "disconnecting";

/** In the order in which they are offered as filters. */
export const CATEGORIES: readonly Category[] = [
  "reconnect_required",
  "degraded",
  "paused",
  "disconnecting",
  "not_connected",
  "connected",
];

export function categoryOf(status: ConnectionStatus): Category {
  return isBeingRemoved(status) ? "disconnecting" : status.state;
}

/** How many connections there are of each category that occurs. */
export function countCategories(connections: readonly ConnectionStatus[]): Map<Category, number> {
  const counts = new Map<Category, number>();
  for (const status of connections) {
    const category = categoryOf(status);
    counts.set(category, (counts.get(category) ?? 0) + 1);
  }
  return counts;
}

/** Those that need a person first, then by name; what has no name comes last. */
export function sortConnections(
  connections: readonly ConnectionStatus[],
  language: string,
): ConnectionStatus[] {
  const { compare } = new Intl.Collator(language, { numeric: true });
  return connections
    .map((status) => ({ status, rank: rankOf(status), name: status.locationName ?? idOf(status) }))
    .sort((a, b) => a.rank - b.rank || compare(a.name, b.name))
    .map(({ status }) => status);
}

function rankOf(status: ConnectionStatus): number {
  const needsPerson = status.state === "reconnect_required" || lacksScopes(status);
  return (needsPerson ? 0 : 2) + (status.locationName === null ? 1 : 0);
}

/** What HighLevel calls it by: the id of the location, or that of the agency. */
export function idOf({ locationId, companyId }: ConnectionStatus): string {
  return locationId ?? companyId ?? "";
}

export type Filter = {
  /** What was typed: every word of it has to be found in the name or in an id. */
  query: string;
  category: Category | null;
  language: string;
};

/** Accents and case make no difference. */
export function filterConnections(
  connections: readonly ConnectionStatus[],
  { query, category, language }: Filter,
): ConnectionStatus[] {
  const words = folded(query, language).split(/\s+/).filter((word) => word !== "");
  return connections.filter((status) => {
    if (category !== null && categoryOf(status) !== category) return false;
    if (words.length === 0) return true;
    const text = searchTextOf(status, language);
    return words.every((word) => text.includes(word));
  });
}

/** Folding thousands of names at every key would be felt. */
const searchTexts = new WeakMap<ConnectionStatus, string>();

function searchTextOf(status: ConnectionStatus, language: string): string {
  const { locationName, locationId, companyId, connectionId } = status;
  const text = searchTexts.get(status) ??
    folded([locationName, locationId, companyId, connectionId].join("\n"), language);
  searchTexts.set(status, text);
  return text;
}

/** Upper case at the end, which is where "ẞ", "ß" and "ss" meet. */
function folded(text: string, language: string): string {
  const bare = text.normalize("NFKD").replace(/[\u0300-\u036F]/g, "");
  return bare.toLocaleLowerCase(language).toLocaleUpperCase(language);
}

/** Counts by name. */

export interface Tally {
  add(name: string, count?: number): void;
  count(name: string): number;
  total(): number;
  /** The counts in the order of their names: `a 3 · b 1`, or `none`. */
  text(): string;
}

export function createTally(): Tally {
  const counts = new Map<string, number>();
  return {
    add: (name, count = 1) => void counts.set(name, (counts.get(name) ?? 0) + count),
    count: (name) => counts.get(name) ?? 0,
    total: () => counts.values().reduce((sum, count) => sum + count, 0),
    text() {
      const parts = [...counts].sort(([a], [b]) => a < b ? -1 : 1).map(([name, count]) => `${name} ${count}`);
      return parts.length === 0 ? "none" : parts.join(" · ");
    },
  };
}

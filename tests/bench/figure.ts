/** What a benchmark says: comparisons with what is wanted of them, and numbers that explain them. */
import type { Spread } from "./spread.ts";

/** A bound on the median: at least, or at most. */
export type Wanted = { readonly atLeast: number } | { readonly atMost: number };

/**
 * One line of the table. `ours` and `theirs` are medians in `unit`; `ratio` is taken round by round. A line without
 * `wanted` is there to explain the others.
 */
export interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly ours: number;
  readonly theirs?: number;
  readonly ratio?: Spread;
  readonly wanted?: Wanted;
  readonly note?: string;
}

/** The figures of one part of the benchmark. */
export interface Part {
  readonly title: string;
  readonly figures: readonly Figure[];
}

/** `undefined` for a line that nothing is wanted of. */
export function isMet({ ours, ratio, wanted }: Figure): boolean | undefined {
  if (wanted === undefined) return undefined;
  const value = ratio?.median ?? ours;
  return "atLeast" in wanted ? value >= wanted.atLeast : value <= wanted.atMost;
}

/** The middle of some values and how far they reach. */

export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/** Throws when there are no values. */
export function spreadOf(values: readonly number[]): Spread {
  return { median: quantile(values, 0.5), low: quantile(values, 0), high: quantile(values, 1) };
}

/** The value below which `share` of the values lie, between neighbours where it falls between them. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const place = share * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  if (below === undefined || above === undefined) throw new Error("Cannot take a quantile of no values");
  return below + (above - below) * (place - Math.floor(place));
}

/** How much is measured: enough to tell a tenth apart, or just enough to see that every part works. */

export interface BenchSizes {
  readonly rounds: number;
  /** Of a round that lasts for a time. */
  readonly roundSeconds: number;
  /** Connections that are rotated in a round that lasts until all are. */
  readonly rotations: number;
  readonly sdkRounds: number;
  readonly sdkRotations: number;
  readonly smallTable: number;
  readonly largeTable: number;
  /** Due connections in the large table. */
  readonly largeDue: number;
  /** Claims a round. */
  readonly claims: number;
  /** How long the server rotates beside each table, at either speed. */
  readonly memorySeconds: number;
  /** How often each popup is opened. */
  readonly paints: number;
}

export const FULL_SIZES: BenchSizes = {
  rounds: 7,
  roundSeconds: 3,
  rotations: 1500,
  sdkRounds: 5,
  sdkRotations: 1000,
  smallTable: 1000,
  largeTable: 1_000_000,
  largeDue: 4000,
  claims: 20,
  memorySeconds: 20,
  paints: 40,
};

/** Its figures say nothing. */
export const QUICK_SIZES: BenchSizes = {
  rounds: 2,
  roundSeconds: 1,
  rotations: 200,
  sdkRounds: 2,
  sdkRotations: 100,
  smallTable: 1000,
  largeTable: 20_000,
  largeDue: 1000,
  claims: 5,
  memorySeconds: 5,
  paints: 3,
};

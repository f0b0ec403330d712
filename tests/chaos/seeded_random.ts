/** Random decisions that are the same for the same seed: a run that found something can be started again. */
import { createHash } from "node:crypto";
import { createRandom } from "../simulator/seeded_random.ts";

export interface SeededRandom {
  /** A number in [0, 1). */
  next(): number;
  /** A number in [least, most). */
  between(least: number, most: number): number;
  chance(probability: number): boolean;
  /** One of `items`, which must not be empty. */
  pick<T>(items: readonly T[]): T;
}

/** A generator of its own for each `seed`, of any length. */
export function createSeededRandom(seed: string): SeededRandom {
  const next = createRandom(createHash("sha256").update(seed).digest().readUInt32LE());
  return {
    next,
    between: (least, most) => least + (most - least) * next(),
    chance: (probability) => next() < probability,
    pick<T>(items: readonly T[]): T {
      const picked = items[Math.floor(next() * items.length)];
      if (picked === undefined) throw new Error("Cannot pick one of nothing");
      return picked;
    },
  };
}

/**
 * Measures contenders by turns, so that whatever else this machine does disturbs them alike, and compares them round by
 * round.
 */
import { type Spread, spreadOf } from "./spread.ts";

/** One of those that are compared; `measure` is one round of it. */
export interface Contender<Round> {
  readonly name: string;
  measure(): Promise<Round>;
}

/** The rounds of every contender by its name, in the order in which they were measured. */
export type Rounds<Round> = ReadonlyMap<string, readonly Round[]>;

/** Every second round goes backwards: a load that grows or shrinks meanwhile favours nobody. */
export async function alternate<Round>(
  contenders: readonly Contender<Round>[],
  rounds: number,
): Promise<Rounds<Round>> {
  const measured = new Map<string, Round[]>(contenders.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const { name, measure } of round % 2 === 0 ? contenders : contenders.toReversed()) {
      measured.get(name)?.push(await measure());
    }
  }
  return measured;
}

/** One number of each round of a contender. Throws for a name that was not measured. */
export function valuesOf<Round>(
  rounds: Rounds<Round>,
  name: string,
  value: (round: Round) => number,
): readonly number[] {
  const values = rounds.get(name)?.map(value);
  if (values === undefined) throw new Error(`Cannot compare "${name}": it was not measured`);
  return values;
}

/** `ours / theirs` within each round, and how that varies. */
export function ratioOf(ours: readonly number[], theirs: readonly number[]): Spread {
  return spreadOf(ours.map((value, round) => value / (theirs[round] ?? Number.NaN)));
}

/** Puts what is asked at the same time into one statement: a statement costs more than most of what it does. */
import DataLoader from "dataloader";
import { isDatabaseUnavailable } from "./database_unavailable.ts";

export interface BatchOptions<Item, Outcome> {
  /**
   * Outcomes in the order of the items. When it throws for several, each is asked by itself, so that one bad item does not
   * fail the others; unless the database is away.
   */
  readonly run: (items: readonly Item[]) => Promise<readonly Outcome[]>;
  readonly largest: number;
  /** Statements under way at a time. While they are, what comes is collected for the next. */
  readonly atOnce: number;
}

/** Resolves with the outcome of one item. What comes alone goes at once: nothing waits for company. */
export function createBatches<Item, Outcome>(
  { run, largest, atOnce }: BatchOptions<Item, Outcome>,
): (item: Item) => Promise<Outcome> {
  let underWay = 0;
  const waiting: (() => void)[] = [];

  function start(batch: () => void): void {
    underWay += 1;
    batch();
  }

  async function runBatch(items: readonly Item[]): Promise<readonly (Outcome | Error)[]> {
    try {
      return await run(items);
    } catch (error) {
      if (items.length === 1 || isDatabaseUnavailable(error)) throw error;
      return (await Promise.all(items.map(runAlone))).flat();
    } finally {
      underWay -= 1;
      const next = waiting.shift();
      if (next !== undefined) start(next);
    }
  }

  async function runAlone(item: Item): Promise<readonly (Outcome | Error)[]> {
    try {
      return await run([item]);
    } catch (error) {
      return [error instanceof Error ? error : new Error("The statement failed", { cause: error })];
    }
  }

  const loader = new DataLoader<Item, Outcome>(runBatch, {
    cache: false,
    maxBatchSize: largest,
    batchScheduleFn: (batch) => {
      if (underWay < atOnce) queueMicrotask(() => start(batch));
      else waiting.push(batch);
    },
  });
  return (item) => loader.load(item);
}

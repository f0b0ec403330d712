/** Writes one value at a time for each key, and of those that wait only the last. */

/** `write` may be called again and again, in any rhythm: what it wrote last is what came last. */
export function lastWins<Value>(
  write: (key: number, value: Value) => Promise<void>,
): (key: number, value: Value) => Promise<void> {
  const waiting = new Map<number, Value[]>();

  return async (key, value) => {
    const queue = waiting.get(key);
    if (queue !== undefined) {
      queue.splice(0, 1, value);
      return;
    }
    const mine = [value];
    waiting.set(key, mine);
    try {
      for (let next = mine.shift(); next !== undefined; next = mine.shift()) await write(key, next);
    } finally {
      waiting.delete(key);
    }
  };
}

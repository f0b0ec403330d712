/** Waiting for something that has no event. */
import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";

const CHECK_MILLISECONDS = 10;

/** Waits until `check` is true, at most `milliseconds`. Throws with what was waited for. */
export async function waitUntil(
  check: () => boolean | Promise<boolean>,
  what: string,
  milliseconds = 10_000,
): Promise<void> {
  const deadline = performance.now() + milliseconds;
  while (!await check()) {
    if (performance.now() > deadline) throw new Error(`Waited in vain until ${what}`);
    await delay(CHECK_MILLISECONDS);
  }
}

/** Waits until `read` gives what is `expected`. Throws with the difference to what it gave last. */
export async function waitForValue(read: () => Promise<unknown>, expected: unknown): Promise<void> {
  let last: unknown;
  await waitUntil(async () => {
    last = await read();
    return JSON.stringify(last) === JSON.stringify(expected);
  }, "a value is as expected").catch((error) => {
    assert.deepEqual(last, expected);
    throw error;
  });
}

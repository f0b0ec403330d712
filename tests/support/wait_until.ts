/** Waiting for something that has no event. */
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

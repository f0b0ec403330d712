/** Waits until nothing is left of something, and says what was left when that takes too long. */
import { setTimeout as delay } from "node:timers/promises";

const LOOK_MILLISECONDS = 250;
const NAMED = 5;

/** Throws with the first of what is still left after `milliseconds`. */
export async function untilNone(
  left: () => Promise<readonly string[]>,
  { what, milliseconds }: { what: string; milliseconds: number },
): Promise<void> {
  const deadline = performance.now() + milliseconds;
  for (;;) {
    const names = await left();
    if (names.length === 0) return;
    if (performance.now() > deadline) {
      throw new Error(`Waited in vain until ${what}: ${names.slice(0, NAMED).join(", ")}`);
    }
    await delay(LOOK_MILLISECONDS);
  }
}

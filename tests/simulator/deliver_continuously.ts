/** Sends webhooks as they fall due, for a simulator that serves other processes. */
import type { Webhooks } from "./webhooks.ts";

const INTERVAL_MILLISECONDS = 50;
const AT_ONCE = 8;

/** Looks for due webhooks twenty times a second until `stop()`, which breaks off those under way. */
export function deliverContinuously(webhooks: Webhooks): { stop(): Promise<void> } {
  let running = Promise.resolve();
  let busy = false;
  const stopped = new AbortController();
  const timer = setInterval(() => {
    if (busy) return;
    busy = true;
    running = webhooks.pump({ atOnce: AT_ONCE, signal: stopped.signal }).then(() => void (busy = false));
  }, INTERVAL_MILLISECONDS);
  return {
    async stop() {
      clearInterval(timer);
      stopped.abort();
      await running;
    },
  };
}

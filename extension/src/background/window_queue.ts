/** One sign-in window after the other: the browser refuses a second one, and a cancelled one counts until it is gone. */
import type { OpenAuthWindow } from "./auth_window.ts";

export type QueuedWindow = {
  url: string;
  onWindow: (windowId: number | null) => void;
  /** Aborted: the window is no longer wanted, and not opened. */
  signal: AbortSignal;
};

/** Opens windows; each gives the one before it some time to go, at most `windowPatienceMs`. */
export function createWindowQueue(
  deps: { openAuthWindow: OpenAuthWindow; windowPatienceMs: number },
): (window: QueuedWindow) => Promise<unknown> {
  let last: Promise<unknown> = Promise.resolve();

  return async ({ url, onWindow, signal }) => {
    const patience = Promise.withResolvers<void>();
    const timer = setTimeout(patience.resolve, deps.windowPatienceMs);
    await Promise.race([last, patience.promise]);
    clearTimeout(timer);
    if (signal.aborted) return null;
    const opened = deps.openAuthWindow(url, onWindow);
    last = Promise.allSettled([last, opened]);
    return await opened;
  };
}

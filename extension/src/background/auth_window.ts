/** Opens the sign-in window, and finds out which of the browser's windows it is. */
import { browser } from "../browser.ts";

export type OpenAuthWindow = (
  url: string,
  /** Called with null when it can no longer be told which window it is. */
  onWindow: (windowId: number | null) => void,
) => Promise<unknown>;

/**
 * `launchWebAuthFlow` does not say which window it opened, so the first popup window that appears is taken for it.
 * When a second one appears, neither is: closing somebody's own window would be worse than leaving ours open.
 */
export async function openAuthWindow(
  url: string,
  onWindow: (windowId: number | null) => void,
): Promise<unknown> {
  let popups = 0;
  const onCreated = (window: { id?: number | undefined; type?: string | undefined }): void => {
    if (window.type !== "popup" || window.id === undefined) return;
    popups += 1;
    onWindow(popups === 1 ? window.id : null);
  };
  // Not a top-level listener: a background that was stopped in between has no window to look for.
  browser.windows.onCreated.addListener(onCreated);
  try {
    return await browser.identity.launchWebAuthFlow({ url, interactive: true });
  } finally {
    browser.windows.onCreated.removeListener(onCreated);
  }
}

/** Closes the sign-in window, which may be gone already. */
export async function closeWindow(windowId: number): Promise<void> {
  await browser.windows.remove(windowId).catch(() => {});
}

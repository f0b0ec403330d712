/** Brings a window of the browser to the front. */
import { browser } from "./browser.ts";

/** It may be gone at this moment, and with it whatever it was for. */
export async function focusWindow(windowId: number): Promise<void> {
  await browser.windows.update(windowId, { focused: true }).catch(() => {});
}

/** The one place that knows with which words the browsers end `launchWebAuthFlow`. They have no codes. */

const CANCELLED: readonly string[] = [
  // Chrome
  "The user did not approve access.",
  // Firefox
  "User cancelled or denied access.",
];

// Chrome
const BUSY = "Only one web auth flow is allowed at a time.";

/** `window_failed` for every text that is not known: that the page did not load, and what later browsers say. */
export function authWindowErrorCause(error: unknown): "cancelled" | "window_busy" | "window_failed" {
  const message = error instanceof Error ? error.message : String(error);
  if (message.includes(BUSY)) return "window_busy";
  return CANCELLED.some((text) => message.includes(text)) ? "cancelled" : "window_failed";
}

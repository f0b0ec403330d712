/** Waiting that the browsers do not take for idleness. */

/** Waits, then asks the browser something: each question keeps it from stopping the background for 30 more seconds. */
export async function pause(ms: number, askBrowser: () => Promise<unknown>): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
  await askBrowser();
}

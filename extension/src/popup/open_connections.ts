/** The way from the popup to the page with all connections. */
import { browser } from "../browser.ts";
import { openConnectionsPage } from "../open_connections_page.ts";

export function openConnections(): Promise<void> {
  return openConnectionsPage(browser);
}

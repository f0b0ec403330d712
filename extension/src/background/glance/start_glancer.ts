/** The glancer with the real browser around it. */
import { browser } from "../../browser.ts";
import { BUILT_IN_SERVER } from "../../built_in_server.ts";
import { loadLanguage, message, words } from "../../message.ts";
import { createGlancer, type Glancer } from "./glancer.ts";
import { showGlance } from "./show_glance.ts";
import { watchTabs } from "./watch_tabs.ts";

/** Registers its listeners at once. */
export function startGlancer(): Glancer {
  const glancer = createGlancer({
    local: browser.storage.local,
    builtInServer: BUILT_IN_SERVER,
    fetch: (url, init) => fetch(url, init),
    now: () => Date.now(),
    // Chrome throws at once for a number that no tab can have.
    getTab: async (tabId) => await browser.tabs.get(tabId),
    visibleTabs: () => browser.tabs.query({ active: true }),
    show: async (tabId, glance) => {
      await loadLanguage();
      const title = words({ key: glance.title, values: [glance.name ?? message("this_location")] });
      await showGlance(browser.action, { tabId, glance, title });
    },
  });
  watchTabs(browser, glancer);
  return glancer;
}

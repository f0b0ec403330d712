/** The notifier with the real browser around it. */
import { browser } from "../../browser.ts";
import { BUILT_IN_SERVER } from "../../built_in_server.ts";
import { loadLanguage } from "../../message.ts";
import { NOTIFICATIONS_KEY } from "../../notification_setting.ts";
import { openConnectionsPage } from "../../open_connections_page.ts";
import { SERVER_KEY } from "../../server_setting.ts";
import { SESSION_KEY } from "../../session_store.ts";
import { noticeTexts } from "./notice_texts.ts";
import { createNotifier, type Notifier } from "./notifier.ts";
import { showNotice } from "./show_notice.ts";

/** A change of one of these decides whether, and by whom, somebody wants to be told. */
const DECIDING: readonly string[] = [NOTIFICATIONS_KEY, SESSION_KEY, SERVER_KEY];

/** Registers its listeners at once. */
export function startNotifier(): Notifier {
  const notifier = createNotifier({
    local: browser.storage.local,
    builtInServer: BUILT_IN_SERVER,
    fetch: (url, init) => fetch(url, init),
    mayNotify: () => isThere(),
    notify: async (notice) => {
      await loadLanguage();
      const iconUrl = browser.runtime.getURL("icons/icon-128.png");
      await showNotice(browser.notifications, { notice, iconUrl, ...noticeTexts(notice) });
    },
  });

  listenToClicks();
  browser.permissions.onAdded.addListener(() => {
    listenToClicks();
    void notifier.check();
  });
  browser.storage.onChanged.addListener((changes, area) => {
    if (area === "local" && DECIDING.some((key) => key in changes)) void notifier.check();
  });
  return notifier;
}

/** The permission is optional, and without it the browser hides the whole namespace, whatever its types say. */
function isThere(): boolean {
  return "notifications" in browser && browser.notifications !== undefined;
}

function listenToClicks(): void {
  if (isThere() && !browser.notifications.onClicked.hasListener(open)) {
    browser.notifications.onClicked.addListener(open);
  }
}

function open(id: string): void {
  void browser.notifications.clear(id);
  void openConnectionsPage(browser, id);
}

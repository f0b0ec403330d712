/** Everything after which the toolbar may have to say something else. It registers listeners, and does nothing itself. */
import { LANGUAGE_KEY } from "../../language_setting.ts";
import { SERVER_KEY } from "../../server_setting.ts";
import { SESSION_KEY } from "../../session_store.ts";
import { STATUSES_KEY } from "../../status_store.ts";
import type { Glancer } from "./glancer.ts";

type Event<Arguments extends unknown[]> = {
  addListener(listener: (...values: Arguments) => void): void;
};
type TabChange = { url?: string | undefined; status?: string | undefined };

/** The part of `browser.*` that is needed here. */
export type WatchedBrowser = {
  tabs: {
    onActivated: Event<[{ tabId: number }]>;
    onUpdated: Event<[tabId: number, change: TabChange, tab: { active: boolean }]>;
  };
  windows: { onFocusChanged: Event<[windowId: number]>; WINDOW_ID_NONE: number };
  storage: { onChanged: Event<[changes: Record<string, unknown>, area: string]> };
  permissions: { onAdded: Event<[]>; onRemoved: Event<[]> };
};

export function watchTabs(browser: WatchedBrowser, glancer: Glancer): void {
  const { tabs, windows, storage, permissions } = browser;
  const lookAgain = (): void => void glancer.lookAtVisible({ mayAsk: true });

  tabs.onActivated.addListener(({ tabId }) => void glancer.look(tabId, { mayAsk: true }));
  tabs.onUpdated.addListener((tabId, { url, status }, { active }) => {
    // Without the right to its address a page that loads shows in `status` alone; the browsers then forget what was said.
    if (url !== undefined || status !== undefined) void glancer.look(tabId, { mayAsk: active });
  });
  windows.onFocusChanged.addListener((windowId) => {
    // The popup takes the focus too: nothing is new then, and it shall have the processor for itself.
    if (windowId !== windows.WINDOW_ID_NONE) lookAgain();
  });
  storage.onChanged.addListener((changes, area) => {
    if (area !== "local") return;
    if (SESSION_KEY in changes || SERVER_KEY in changes) return lookAgain();
    // What was asked by somebody else is not asked again because of it.
    const isNews = STATUSES_KEY in changes || LANGUAGE_KEY in changes;
    if (isNews) void glancer.lookAtVisible({ mayAsk: false });
  });
  // Which addresses may be known.
  permissions.onAdded.addListener(lookAgain);
  permissions.onRemoved.addListener(lookAgain);
}

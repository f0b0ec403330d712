/** Opens the sign-in window, and finds out which of the browser's windows it is. */

export type OpenAuthWindow = (
  url: string,
  /** Called with null when it can no longer be told which window it is. */
  onWindow: (windowId: number | null) => void,
) => Promise<unknown>;

type CreatedWindow = { id?: number | undefined; type?: string | undefined };
type CreatedTab = {
  windowId?: number | undefined;
  openerTabId?: number | undefined;
  status?: string | undefined;
};
type Listeners<Value> = {
  addListener(listener: (value: Value) => void): void;
  removeListener(listener: (value: Value) => void): void;
};

/** The part of `browser.*` that is needed here; none of it asks for a permission beyond `identity`. */
export type AuthWindowBrowser = {
  identity: { launchWebAuthFlow(details: { url: string; interactive: boolean }): Promise<unknown> };
  windows: { onCreated: Listeners<CreatedWindow>; remove(windowId: number): Promise<void> };
  tabs: { onCreated: Listeners<CreatedTab> };
};

/**
 * `launchWebAuthFlow` does not say which window it opened. Ours is the new popup window whose tab has no opener and
 * comes with its page already loaded: Chrome loads the page out of sight and makes the window around it. Windows that a
 * page opens have an opener, those that another extension opens are still loading. Firefox tells no such difference. When
 * a second one fits, neither is taken: closing somebody's own window would be worse than leaving ours open.
 */
export async function openAuthWindow(
  browser: AuthWindowBrowser,
  { url, onWindow }: { url: string; onWindow: (windowId: number | null) => void },
): Promise<unknown> {
  const [popups, loaded] = [new Set<number>(), new Set<number>()];
  let fits = 0;
  // Chrome tells of the window first, Firefox of its tab.
  const judge = (id: number): void => {
    if (!popups.has(id) || !loaded.has(id)) return;
    fits += 1;
    onWindow(fits === 1 ? id : null);
  };
  const onWindowCreated = ({ id, type }: CreatedWindow): void => {
    if (type !== "popup" || id === undefined) return;
    popups.add(id);
    judge(id);
  };
  const onTabCreated = ({ windowId, openerTabId, status }: CreatedTab): void => {
    if (windowId === undefined || openerTabId !== undefined || status !== "complete") return;
    loaded.add(windowId);
    judge(windowId);
  };
  // Not top-level listeners: a background that was stopped in between has no window to look for.
  browser.windows.onCreated.addListener(onWindowCreated);
  browser.tabs.onCreated.addListener(onTabCreated);
  try {
    return await browser.identity.launchWebAuthFlow({ url, interactive: true });
  } finally {
    browser.windows.onCreated.removeListener(onWindowCreated);
    browser.tabs.onCreated.removeListener(onTabCreated);
  }
}

/** Closes the sign-in window, which may be gone already. */
export async function closeWindow(browser: AuthWindowBrowser, windowId: number): Promise<void> {
  await browser.windows.remove(windowId).catch(() => {});
}

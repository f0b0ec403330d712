/** Shows the page with all connections, in the tab that has it already or in a new one. */

type Tab = { id?: number | undefined; windowId?: number | undefined };

/** The part of `browser.*` that is needed here. */
export type PageBrowser = {
  runtime: { getURL(path: string): string };
  tabs: {
    query(wanted: { url: string }): Promise<Tab[]>;
    update(tabId: number, properties: { url?: string; active: boolean }): Promise<Tab>;
    create(properties: { url: string }): Promise<Tab>;
  };
  windows: {
    create(properties: { url: string }): Promise<unknown>;
    update(windowId: number, properties: { focused: boolean }): Promise<unknown>;
  };
};

/** `hash`: the place in the page, as in `hashFor()`; without one, a page that is open stays where it is. */
export async function openConnectionsPage(
  { runtime, tabs, windows }: PageBrowser,
  hash = "",
): Promise<void> {
  const page = runtime.getURL("connections.html");
  const url = page + hash;
  try {
    const [open] = await tabs.query({ url: `${page}*` });
    const { windowId } = open?.id === undefined
      ? await tabs.create({ url })
      : await tabs.update(open.id, { active: true, ...(hash === "" ? {} : { url }) });
    if (windowId !== undefined) await windows.update(windowId, { focused: true });
  } catch {
    // The browser runs on without a window.
    await windows.create({ url });
  }
}

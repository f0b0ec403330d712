/** Opens the page with all connections, or brings it to the front. */
import { browser } from "../browser.ts";
import * as v from "valibot";

const OpenPage = v.object({ id: v.number(), windowId: v.number() });

export async function openConnections(): Promise<void> {
  const url = browser.runtime.getURL("connections.html");
  const tabs: unknown[] = await browser.tabs.query({ url: `${url}*` });
  const open = v.safeParse(OpenPage, tabs[0]);
  if (!open.success) {
    await browser.tabs.create({ url });
    return;
  }
  await browser.tabs.update(open.output.id, { active: true });
  await browser.windows.update(open.output.windowId, { focused: true });
}

/** Shows a notice on the screen, and opens what it is about. Its id carries that, since nothing else outlives the background. */
import { hashFor } from "../../connections/route.ts";
import type { Notice } from "./plan_notices.ts";

type CreateOptions = { type: "basic"; iconUrl: string; title: string; message: string };

/** `browser.notifications`, which is there only while the person allows it. */
export type Notifications = { create(id: string, options: CreateOptions): Promise<unknown> };

/** The part of `browser.*` that is needed to open a page. */
export type PageBrowser = {
  runtime: { getURL(path: string): string };
  tabs: { create(properties: { url: string }): Promise<{ windowId?: number | undefined }> };
  windows: {
    create(properties: { url: string }): Promise<unknown>;
    update(windowId: number, properties: { focused: boolean }): Promise<unknown>;
  };
};

/** The part of the address of `connections.html` from "#" on. */
export function noticeId(notice: Notice): string {
  return hashFor(
    notice.kind === "summary"
      ? { kind: "list", category: "reconnect_required" }
      : { kind: "connection", connectionId: notice.connectionId },
  );
}

/** A notice about the same connection takes the place of the one before. */
export async function showNotice(
  notifications: Notifications,
  { notice, ...texts }: { notice: Notice; iconUrl: string; title: string; message: string },
): Promise<void> {
  await notifications.create(noticeId(notice), { type: "basic", ...texts });
}

/** For a click on the notice with this id. */
export async function openNotice(
  { runtime, tabs, windows }: PageBrowser,
  id: string,
): Promise<void> {
  const url = runtime.getURL(`connections.html${id}`);
  try {
    const { windowId } = await tabs.create({ url });
    if (windowId !== undefined) await windows.update(windowId, { focused: true });
  } catch {
    // The browser runs on without a window.
    await windows.create({ url });
  }
}

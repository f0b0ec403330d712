/** Shows a notice on the screen. Its id tells what it is about, since nothing else outlives the background. */
import { hashFor } from "../../connections/route.ts";
import type { Notice } from "./plan_notices.ts";

type CreateOptions = { type: "basic"; iconUrl: string; title: string; message: string };

/** `browser.notifications`, which is there only while the person allows it. */
export type Notifications = { create(id: string, options: CreateOptions): Promise<unknown> };

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

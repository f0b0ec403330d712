/** What stands above the list or in its place: why there is none, or why it may be old. */
import type { StatusIcon } from "../popup/popup_view.ts";
import { unreachableViewFor } from "../popup/unreachable_view.ts";
import type { Text } from "../text.ts";
import type { ConnectionsState } from "./connections_model.ts";

/**
 * - `signed_out`, `session_ended`: there is no session, and nothing can be listed
 * - `loading`: nothing has come yet
 * - `away`: the server does not answer as it should; what is known stays in sight
 * - `empty`: the session sees no connection
 */
export type NoticeKind = "signed_out" | "session_ended" | "loading" | "away" | "empty";

export type ListNotice = { kind: NoticeKind; icon: StatusIcon; sentence: Text; nextStep: Text | null };

const CONNECT_ONE = { icon: "empty", nextStep: { key: "connections_connect_next" } } as const;

/** Null when the list speaks for itself. */
export function noticeFor({ list, hasSessionEnded, serverHost }: ConnectionsState): ListNotice | null {
  if (list === null) {
    return hasSessionEnded
      ? { kind: "session_ended", sentence: { key: "session_ended" }, ...CONNECT_ONE }
      : { kind: "signed_out", sentence: { key: "connections_signed_out" }, ...CONNECT_ONE };
  }
  if (list.trouble !== null) {
    const about = { locationId: "", known: null, reason: list.trouble, serverHost };
    const { sentence, nextStep } = unreachableViewFor(about);
    return { kind: "away", icon: "offline", sentence, nextStep };
  }
  if (list.connections.length > 0) return null;
  return list.isComplete
    ? { kind: "empty", sentence: { key: "connections_empty" }, ...CONNECT_ONE }
    : { kind: "loading", icon: "progress", sentence: { key: "connections_loading" }, nextStep: null };
}

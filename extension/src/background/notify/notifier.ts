/** Tells a person, once, of each connection that only a person can repair. Nothing is asked unless somebody wants to be told. */
import { readNotifications } from "../../notification_setting.ts";
import type { Fetch } from "../../server_answer.ts";
import { readServer } from "../../server_setting.ts";
import { readSession } from "../../session_store.ts";
import type { StorageArea } from "../../storage_area.ts";
import { fetchNeeding } from "./fetch_needing.ts";
import { type Notice, planNotices } from "./plan_notices.ts";
import { forgetTold, readTold, saveTold } from "./told_store.ts";

export type NotifierDeps = {
  local: StorageArea;
  builtInServer: string;
  fetch: Fetch;
  /** Whether the browser lets the extension notify, just now. */
  mayNotify: () => boolean;
  notify: (notice: Notice) => Promise<void>;
};

export type Notifier = {
  /** Looks once; one look waits for the one before. A server that does not answer changes nothing. */
  check(): Promise<void>;
};

export function createNotifier(deps: NotifierDeps): Notifier {
  const { local } = deps;
  let last: Promise<void> = Promise.resolve();

  async function readSessionNow() {
    return await readSession(local, await readServer(local, deps.builtInServer));
  }

  async function look(): Promise<void> {
    const session = await readSessionNow();
    const isWanted = deps.mayNotify() && await readNotifications(local);
    if (session === null || !isWanted) return await forgetTold(local);
    const answer = await fetchNeeding(deps.fetch, session);
    if (answer.kind === "session_ended") return await forgetTold(local);
    // Somebody may have signed out meanwhile.
    if (answer.kind !== "answered" || (await readSessionNow())?.id !== session.id) return;
    const told = await readTold(local, session.id);
    const plan = planNotices({ told, connections: answer.body });
    // First, so that a storage that is full or broken tells nothing rather than the same every few minutes.
    await saveTold(local, { sessionId: session.id, keys: plan.told });
    const shown = await Promise.allSettled(plan.notices.map(deps.notify));
    // What the browser refused to show is told another time, as a whole: the same notice replaces itself.
    if (shown.some(({ status }) => status === "rejected")) {
      const keys = told.filter((key) => plan.told.includes(key));
      await saveTold(local, { sessionId: session.id, keys });
    }
  }

  return {
    check() {
      last = last.then(look, look);
      return last;
    },
  };
}

/** Forgets a session in this browser, and what it has seen. */
import { oneByOne } from "./one_by_one.ts";
import { holdsSession, SESSION_KEY, type StoredSession } from "./session_store.ts";
import { STATUSES_KEY } from "./status_store.ts";
import type { StorageArea } from "./storage_area.ts";

/** A newer session in its place stays. */
export function forgetSession(local: StorageArea, session: StoredSession): Promise<void> {
  return forgetOf(local, { session, keys: [SESSION_KEY, STATUSES_KEY] });
}

/** Only what it has seen: the session itself stays, for the popup to say what happened to it. */
export function forgetStatuses(local: StorageArea, session: StoredSession): Promise<void> {
  return forgetOf(local, { session, keys: [STATUSES_KEY] });
}

function forgetOf(
  local: StorageArea,
  { session, keys }: { session: StoredSession; keys: string[] },
): Promise<void> {
  return oneByOne(SESSION_KEY, async () => {
    if (await holdsSession(local, session)) await local.remove(keys);
  });
}

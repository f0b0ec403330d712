/** Whether the person wants to be told, in `storage.local`. Absent means: no. The browser's permission is another matter. */
import { readStored, type StorageArea } from "./storage_area.ts";
import * as v from "valibot";

/** Key in `storage.local`. */
export const NOTIFICATIONS_KEY = "notifications";

export async function readNotifications(local: StorageArea): Promise<boolean> {
  return await readStored(local, NOTIFICATIONS_KEY, v.literal(true)) !== null;
}

export async function saveNotifications(local: StorageArea, isWanted: boolean): Promise<void> {
  if (isWanted) await local.set({ [NOTIFICATIONS_KEY]: true });
  else await local.remove([NOTIFICATIONS_KEY]);
}

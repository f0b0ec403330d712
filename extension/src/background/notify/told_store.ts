/** Of which connections this session was told, in `storage.local`: so that each is told once. */
import { readStored, type StorageArea } from "../../storage_area.ts";
import * as v from "valibot";

/** Key in `storage.local`. */
export const TOLD_KEY = "told";

const StoredTold = v.object({ sessionId: v.string(), keys: v.array(v.string()) });

/** Keys of `planNotices()`. What another session was told is none of them. */
export async function readTold(local: StorageArea, sessionId: string): Promise<string[]> {
  const stored = await readStored(local, TOLD_KEY, StoredTold);
  return stored?.sessionId === sessionId ? stored.keys : [];
}

export async function saveTold(
  local: StorageArea,
  told: { sessionId: string; keys: string[] },
): Promise<void> {
  await local.set({ [TOLD_KEY]: told });
}

export async function forgetTold(local: StorageArea): Promise<void> {
  await local.remove([TOLD_KEY]);
}

/** The last known status of each location, in `storage.local`, so that the popup can paint before it has asked. */
import { ConnectionStatus } from "#shared/connection_status.ts";
import { type ReadableArea, readStored, type StorageArea } from "./storage_area.ts";
import * as v from "valibot";

/** Key in `storage.local`. */
export const STATUSES_KEY = "statuses";

/** Locations remembered; the one not looked at for longest is forgotten first. */
export const MAX_STATUSES = 200;

const KnownStatus = v.object({
  locationId: v.string(),
  status: ConnectionStatus,
  /** Milliseconds since 1970: when the server said so. */
  checkedAt: v.number(),
});
export type KnownStatus = v.InferOutput<typeof KnownStatus>;

const StoredStatuses = v.object({ sessionId: v.string(), entries: v.array(v.unknown()) });

/** Everything that this session has learnt, the newest first. */
export async function readKnownStatuses(local: ReadableArea, sessionId: string): Promise<KnownStatus[]> {
  const stored = await readStored(local, STATUSES_KEY, StoredStatuses);
  if (stored?.sessionId !== sessionId) return [];
  // An entry that an earlier version kept and this one cannot read is left out, and not written again.
  return stored.entries.filter((entry) => v.is(KnownStatus, entry));
}

/** What this session last learnt about the location, or null. */
export async function readKnownStatus(
  local: ReadableArea,
  { sessionId, locationId }: { sessionId: string; locationId: string },
): Promise<KnownStatus | null> {
  const entries = await readKnownStatuses(local, sessionId);
  return entries.find((entry) => entry.locationId === locationId) ?? null;
}

/** Remembers one answer, newest first. Statuses that another session has seen are dropped. */
export async function saveKnownStatus(
  local: StorageArea,
  { sessionId, known }: { sessionId: string; known: KnownStatus },
): Promise<void> {
  const others = (await readKnownStatuses(local, sessionId)).filter((entry) =>
    entry.locationId !== known.locationId
  );
  const entries = [known, ...others].slice(0, MAX_STATUSES);
  await local.set({ [STATUSES_KEY]: { sessionId, entries } });
}

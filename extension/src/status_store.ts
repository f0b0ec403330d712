/** The last known status of each location, in `storage.local`, so that the popup can paint before it has asked. */
import { ConnectionStatus } from "#shared/connection_status.ts";
import { oneByOne } from "./one_by_one.ts";
import { holdsSession, SESSION_KEY, type StoredSession } from "./session_store.ts";
import { type ReadableArea, readStored, type StorageArea } from "./storage_area.ts";
import * as v from "valibot";

/** Key in `storage.local`. */
export const STATUSES_KEY = "statuses";

/** Locations remembered; the one not looked at for longest is forgotten first. */
export const MAX_STATUSES = 200;

const KnownStatus = v.object({
  locationId: v.string(),
  status: ConnectionStatus,
  /** Milliseconds since 1970: when the server was asked, or when it said so of something that it had just done. */
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

/**
 * Remembers one answer, newest first, and returns what holds: another that was asked for later stays. Null, and nothing
 * remembered, when the session was left meanwhile. Statuses that another session has seen are dropped.
 */
export function saveKnownStatus(
  local: StorageArea,
  { session, known, now }: { session: StoredSession; known: KnownStatus; now: number },
): Promise<KnownStatus | null> {
  return oneByOne(SESSION_KEY, async () => {
    if (!await holdsSession(local, session)) return null;
    const entries = await readKnownStatuses(local, session.id);
    const before = entries.find(({ locationId }) => locationId === known.locationId);
    // One from the future was kept before the clock was set back.
    if (before !== undefined && before.checkedAt > known.checkedAt && before.checkedAt <= now) return before;
    const kept = continued(before, known);
    const others = entries.filter((entry) => entry !== before);
    const statuses = { sessionId: session.id, entries: [kept, ...others].slice(0, MAX_STATUSES) };
    await local.set({ [STATUSES_KEY]: statuses });
    return kept;
  });
}

/** `known`, with what was kept beside the status before: it holds for the same connection alone, and while it is well. */
export function continued(before: KnownStatus | null | undefined, known: KnownStatus): KnownStatus {
  const { connectionId, state } = known.status;
  return before?.status.connectionId === connectionId && state === "connected"
    ? { ...before, ...known }
    : known;
}

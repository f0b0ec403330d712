/** What was learnt since the popup opened, also when it could not be stored. */
import { ConnectionStatus } from "#shared/connection_status.ts";
import type { Fetch } from "../server_answer.ts";
import { holdsSession, type StoredSession } from "../session_store.ts";
import { continued, type KnownStatus, saveKnownStatus } from "../status_store.ts";
import type { StorageArea } from "../storage_area.ts";
import { createSinceLookUp } from "./since_look_up.ts";
import type { Snapshot } from "./snapshot.ts";
import * as v from "valibot";

/** A cache that tells nothing new is written again after this: each write wakes the other parts of the extension. */
const REWRITE_MS = 60_000;

/** Kept beside a status, so that the next first paint has it. */
const Since = v.object({ connectedAt: v.number() });

/** Since when it is connected, in milliseconds since 1970; null when it is not, and when nobody knows. */
export function connectedAtOf(known: KnownStatus | null): number | null {
  return known?.status.state === "connected" && v.is(Since, known) ? known.connectedAt : null;
}

export type StatusMemoryDeps = {
  local: StorageArea;
  fetch: Fetch;
  now: () => number;
  /** Something came in later than the status itself. */
  onLearnt: () => void;
};

export type LearntStatus = {
  locationId: string;
  status: ConnectionStatus;
  /** As in `KnownStatus`. */
  checkedAt: number;
  /** What is stored about what is in view. */
  snapshot: Snapshot;
  /** Nobody waited for it, and the next such answer comes soon. */
  isPolled: boolean;
};

export type StatusMemory = {
  /** The newer of what is stored and what was learnt. */
  newest(snapshot: Snapshot): KnownStatus | null;
  /** Keeps an answer, unless the session that asked was left in the meantime. */
  keep(session: StoredSession, answer: LearntStatus): Promise<void>;
};

type Learnt = { sessionId: string; known: KnownStatus };

export function createStatusMemory({ local, fetch, now, onLearnt }: StatusMemoryDeps): StatusMemory {
  const lookUp = createSinceLookUp(fetch);
  let learnt: Learnt | null = null;

  async function keep(session: StoredSession, answer: LearntStatus): Promise<void> {
    if (!await holdsSession(local, session)) return;
    const { locationId, status, checkedAt, snapshot, isPolled } = answer;
    const known = continued(newest(snapshot), { locationId, status, checkedAt });
    learnt = { sessionId: session.id, known };
    if (!isPolled || !isStored(known, snapshot.known)) await save(session, known);
    void lookUpSince(session, status);
  }

  function isStored(known: KnownStatus, stored: KnownStatus | null): boolean {
    return stored !== null && contentOf(stored) === contentOf(known) &&
      Math.abs(known.checkedAt - stored.checkedAt) <= REWRITE_MS;
  }

  async function save(session: StoredSession, known: KnownStatus): Promise<void> {
    // Only a cache: a full storage does not keep the answer from being shown.
    await saveKnownStatus(local, { session, known, now: now() }).catch(() => {});
  }

  async function lookUpSince(session: StoredSession, status: ConnectionStatus): Promise<void> {
    const connectedAt = await lookUp(session, status);
    if (connectedAt === null || !await holdsSession(local, session)) return;
    if (learnt?.known.status.connectionId !== status.connectionId) return;
    learnt = { ...learnt, known: { ...learnt.known, ...{ connectedAt } } };
    await save(session, learnt.known);
    onLearnt();
  }

  function newest({ session, locationId, known }: Snapshot): KnownStatus | null {
    if (learnt === null || learnt.sessionId !== session?.id) return known;
    if (learnt.known.locationId !== locationId) return known;
    return known !== null && known.checkedAt > learnt.known.checkedAt ? known : learnt.known;
  }

  return { newest, keep };
}

/** What somebody reads of it. The browser hands out what is stored with its keys in another order. */
function contentOf(known: KnownStatus): string {
  return JSON.stringify([known.locationId, v.parse(ConnectionStatus, known.status), connectedAtOf(known)]);
}

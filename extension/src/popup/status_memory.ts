/** What was learnt since the popup opened, also when it could not be stored. */
import type { ConnectionStatus } from "#shared/connection_status.ts";
import type { Fetch } from "../server_answer.ts";
import { readSession, type StoredSession } from "../session_store.ts";
import { type KnownStatus, saveKnownStatus } from "../status_store.ts";
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
  /** What was known before. */
  before: KnownStatus | null;
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
  let saved: { content: string; at: number } | null = null;

  async function keep(session: StoredSession, answer: LearntStatus): Promise<void> {
    if (await isLeft(session)) return;
    const { locationId, status, before, isPolled } = answer;
    const isSame = before?.status.connectionId === status.connectionId && status.state === "connected";
    const connectedAt = isSame ? connectedAtOf(before) : null;
    learnt = {
      sessionId: session.id,
      known: { locationId, status, checkedAt: now(), ...(connectedAt === null ? {} : { connectedAt }) },
    };
    await save(learnt, isPolled);
    void lookUpSince(session, status);
  }

  async function save(learnt: Learnt, isPolled: boolean): Promise<void> {
    const { checkedAt, ...told } = learnt.known;
    const content = JSON.stringify([learnt.sessionId, told]);
    const isFresh = saved?.content === content && Math.abs(checkedAt - saved.at) <= REWRITE_MS;
    if (isPolled && isFresh) return;
    saved = { content, at: checkedAt };
    // Only a cache: a full storage does not keep the answer from being shown.
    await saveKnownStatus(local, learnt).catch(() => {});
  }

  async function lookUpSince(session: StoredSession, status: ConnectionStatus): Promise<void> {
    const connectedAt = await lookUp(session, status);
    if (connectedAt === null || await isLeft(session)) return;
    if (learnt?.known.status.connectionId !== status.connectionId) return;
    learnt = { ...learnt, known: { ...learnt.known, ...{ connectedAt } } };
    await save(learnt, false);
    onLearnt();
  }

  async function isLeft(session: StoredSession): Promise<boolean> {
    return (await readSession(local, session.server))?.id !== session.id;
  }

  return {
    newest({ session, locationId, known }) {
      if (learnt === null || learnt.sessionId !== session?.id) return known;
      if (learnt.known.locationId !== locationId) return known;
      return known !== null && known.checkedAt > learnt.known.checkedAt ? known : learnt.known;
    },
    keep,
  };
}

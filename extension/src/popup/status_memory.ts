/** What was learnt since the popup opened, also when it could not be stored. */
import type { ConnectionStatus } from "#shared/connection_status.ts";
import { readSession, type StoredSession } from "../session_store.ts";
import { type KnownStatus, saveKnownStatus } from "../status_store.ts";
import type { StorageArea } from "../storage_area.ts";
import type { Snapshot } from "./snapshot.ts";

export type StatusMemory = {
  /** The newer of what is stored and what was learnt. */
  newest(snapshot: Snapshot): KnownStatus | null;
  /** Keeps an answer, unless the session that asked was left in the meantime. */
  keep(session: StoredSession, answer: { locationId: string; status: ConnectionStatus }): Promise<void>;
};

export function createStatusMemory(
  { local, now }: { local: StorageArea; now: () => number },
): StatusMemory {
  let learnt: { sessionId: string; known: KnownStatus } | null = null;
  return {
    newest({ session, locationId, known }) {
      if (learnt === null || learnt.sessionId !== session?.id) return known;
      if (learnt.known.locationId !== locationId) return known;
      return known !== null && known.checkedAt >= learnt.known.checkedAt ? known : learnt.known;
    },
    async keep(session, answer) {
      if ((await readSession(local, session.server))?.id !== session.id) return;
      learnt = { sessionId: session.id, known: { ...answer, checkedAt: now() } };
      // Only a cache: a full storage does not keep the answer from being shown.
      await saveKnownStatus(local, learnt).catch(() => {});
    },
  };
}

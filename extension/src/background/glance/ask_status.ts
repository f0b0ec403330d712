/** Asks the server about a location in view, and keeps the answer where the popup finds it too. */
import { fetchStatus } from "../../fetch_status.ts";
import type { Fetch } from "../../server_answer.ts";
import { readSession, type StoredSession } from "../../session_store.ts";
import { type KnownStatus, readKnownStatus, saveKnownStatus, STATUSES_KEY } from "../../status_store.ts";
import type { StorageArea } from "../../storage_area.ts";

/** Pages follow each other quickly, also while a server is away. */
const PAUSE_MS = 10_000;

export type AskStatusDeps = { local: StorageArea; fetch: Fetch; now: () => number };

/** What the server says now, or said a moment ago; null when it says nothing that can be shown. */
export type AskStatus = (
  about: { session: StoredSession; locationId: string },
) => Promise<KnownStatus | null>;

export function createAskStatus({ local, fetch, now }: AskStatusDeps): AskStatus {
  // Only spares questions: it may be gone at any time.
  const asked = new Map<string, { at: number; answer: Promise<KnownStatus | null> }>();

  async function ask(session: StoredSession, locationId: string): Promise<KnownStatus | null> {
    const answer = await fetchStatus(fetch, { session, locationId });
    if ((await readSession(local, session.server))?.id !== session.id) return null;
    if (answer.kind === "session_ended") {
      // The session itself stays, for the popup to say what happened to it.
      await local.remove([STATUSES_KEY]);
      return null;
    }
    if (answer.kind !== "answered") return null;
    const { status } = answer;
    const before = await readKnownStatus(local, { sessionId: session.id, locationId });
    const isSame = before?.status.connectionId === status.connectionId && status.state === "connected";
    // The popup keeps more beside a status, which holds for the same connection alone.
    const known = { ...(isSame ? before : {}), locationId, status, checkedAt: now() };
    // Only a cache: a full storage does not keep the answer from being shown.
    await saveKnownStatus(local, { sessionId: session.id, known }).catch(() => {});
    return known;
  }

  return ({ session, locationId }) => {
    const key = `${session.id} ${locationId}`;
    const last = asked.get(key);
    if (last !== undefined && Math.abs(now() - last.at) < PAUSE_MS) return last.answer;
    const answer = ask(session, locationId);
    asked.set(key, { at: now(), answer });
    return answer;
  };
}

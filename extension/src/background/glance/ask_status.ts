/** Asks the server about a location in view, and keeps the answer where the popup finds it too. */
import { fetchStatus } from "../../fetch_status.ts";
import type { Fetch } from "../../server_answer.ts";
import type { StoredSession } from "../../session_store.ts";
import { type KnownStatus, saveKnownStatus } from "../../status_store.ts";
import type { StorageArea } from "../../storage_area.ts";

/** Pages follow each other quickly. */
const PAUSE_MS = 10_000;

/** Also while a server is away, which may be over at once. */
const FAILED_PAUSE_MS = 2_000;

export type AskStatusDeps = { local: StorageArea; fetch: Fetch; now: () => number };

/** What the server says now, or said a moment ago; null when it says nothing that can be shown. */
export type Told = KnownStatus | "session_ended" | null;

export type AskStatus = (about: { session: StoredSession; locationId: string }) => Promise<Told>;

export function createAskStatus({ local, fetch, now }: AskStatusDeps): AskStatus {
  // Only spares questions: it may be gone at any time.
  const asked = new Map<string, { at: number; pauseMs: number; told: Promise<Told> }>();

  async function ask(session: StoredSession, locationId: string): Promise<Told> {
    const checkedAt = now();
    const answer = await fetchStatus(fetch, { session, locationId });
    if (answer.kind === "session_ended") return answer.kind;
    if (answer.kind !== "answered") return null;
    const known = { locationId, status: answer.status, checkedAt };
    // Only a cache: a full storage does not keep the answer from being shown.
    return await saveKnownStatus(local, { session, known, now: now() }).catch(() => known);
  }

  return async ({ session, locationId }) => {
    const key = `${session.id} ${locationId}`;
    const last = asked.get(key);
    if (last !== undefined && Math.abs(now() - last.at) < last.pauseMs) return await last.told;
    const mine = { at: now(), pauseMs: PAUSE_MS, told: ask(session, locationId) };
    asked.set(key, mine);
    const told = await mine.told;
    if (told === null) mine.pauseMs = FAILED_PAUSE_MS;
    return told;
  };
}

/** The one attempt in `storage.session`: in memory only, gone with the browser, hidden from web pages. */
import { Attempt } from "./attempt.ts";
import { readStored, type StorageArea } from "./storage_area.ts";

/** Key in `storage.session`. */
export const ATTEMPT_KEY = "attempt";

/** The running or last attempt, or null. */
export function readAttempt(session: StorageArea): Promise<Attempt | null> {
  return readStored(session, ATTEMPT_KEY, Attempt);
}

/** Puts `attempt` in the place of the one before, whose code verifier is gone with it. */
export async function saveAttempt(session: StorageArea, attempt: Attempt): Promise<void> {
  await session.set({ [ATTEMPT_KEY]: attempt });
}

/** Forgets the attempt. */
export async function removeAttempt(session: StorageArea): Promise<void> {
  await session.remove([ATTEMPT_KEY]);
}

/** The session credential in `storage.local`. It belongs to one server and is never read for another. */
import { OpaqueToken, type SessionResponse } from "#shared/session.ts";
import { oneByOne } from "./one_by_one.ts";
import { type ReadableArea, readStored, type StorageArea } from "./storage_area.ts";
import * as v from "valibot";

/** Key in `storage.local`, and of the lock under which it and what it has seen change. */
export const SESSION_KEY = "session";

const StoredSession = v.object({
  /** Names the session without revealing it: what is remembered about statuses is bound to this. */
  id: v.string(),
  server: v.string(),
  token: OpaqueToken,
  expiresAt: v.string(),
});
export type StoredSession = v.InferOutput<typeof StoredSession>;

/** The session at `server`, or null. */
export async function readSession(local: ReadableArea, server: string): Promise<StoredSession | null> {
  const session = await readStored(local, SESSION_KEY, StoredSession);
  return session?.server === server ? session : null;
}

/** Whether `session` is still the one at its server. */
export async function holdsSession(local: ReadableArea, session: StoredSession): Promise<boolean> {
  return (await readSession(local, session.server))?.id === session.id;
}

/** Keeps what `server` answered. A session that goes on keeps its id, and with it the statuses it has seen. */
export function saveSession(
  local: StorageArea,
  { server, response }: { server: string; response: SessionResponse },
): Promise<StoredSession> {
  return oneByOne(SESSION_KEY, async () => {
    const known = await readSession(local, server);
    const session: StoredSession = {
      id: known?.token === response.token ? known.id : crypto.randomUUID(),
      server,
      token: response.token,
      expiresAt: response.expiresAt,
    };
    await local.set({ [SESSION_KEY]: session });
    return session;
  });
}

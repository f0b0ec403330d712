/** Looks up once since when a connection is well, and again when it was not well in between. */
import type { ConnectionStatus } from "#shared/connection_status.ts";
import type { Fetch } from "../server_answer.ts";
import type { StoredSession } from "../session_store.ts";
import { fetchConnectedSince } from "./connected_since.ts";

/** Milliseconds since 1970. Null: it is not connected, the history does not tell, or there is nothing new to tell. */
export type SinceLookUp = (session: StoredSession, status: ConnectionStatus) => Promise<number | null>;

export function createSinceLookUp(fetch: Fetch): SinceLookUp {
  let last: { connectionId: string } | null = null;
  return async (session, { state, connectionId }) => {
    if (state !== "connected" || connectionId === null) {
      last = null;
      return null;
    }
    if (last?.connectionId === connectionId) return null;
    const mine = { connectionId };
    last = mine;
    const connectedAt = await fetchConnectedSince(fetch, { session, connectionId });
    // Something may have happened to it meanwhile.
    return last === mine ? connectedAt : null;
  };
}

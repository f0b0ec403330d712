/** Asks the server which connections have to be connected again. */
import type { ConnectionStatus } from "#shared/connection_status.ts";
import type { ConnectionsPage } from "#shared/connections_page.ts";
import type { Answer } from "../../ask_for.ts";
import type { Fetch } from "../../server_answer.ts";
import type { StoredSession } from "../../session_store.ts";
import { createPageReader } from "../../page_reader.ts";

/** Nobody reads further: who has more in trouble is told of so many. */
const MOST_PAGES = 200;

/** All of them or none when a page does not come: half a list would make what is missing look well. */
export async function fetchNeeding(
  fetch: Fetch,
  session: StoredSession,
): Promise<Answer<ConnectionStatus[]>> {
  const connections: ConnectionStatus[] = [];
  const read = createPageReader(fetch, { session, state: "reconnect_required" });
  let cursor: string | null = null;
  for (let pages = 0; pages < MOST_PAGES; pages++) {
    const answer: Answer<ConnectionsPage> = await read(cursor);
    if (answer.kind !== "answered") return answer;
    connections.push(...answer.body.connections);
    cursor = answer.body.nextCursor;
    if (cursor === null) break;
  }
  return { kind: "answered", body: connections };
}

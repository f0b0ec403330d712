/** Asks the server which connections have to be connected again. */
import type { ConnectionState, ConnectionStatus } from "#shared/connection_status.ts";
import { ConnectionsPage } from "#shared/connections_page.ts";
import { CONNECTIONS_PATH } from "#shared/endpoints.ts";
import { type Answer, askFor } from "../../ask_for.ts";
import type { Fetch } from "../../server_answer.ts";
import type { StoredSession } from "../../session_store.ts";

const STATE: ConnectionState = "reconnect_required";

/** Longer pages could be larger than an answer may be. */
const PAGE = "100";

/** Nobody reads further: who has more in trouble is told of so many. */
const MOST_PAGES = 200;

/** All of them or none when a page does not come: half a list would make what is missing look well. */
export async function fetchNeeding(
  fetch: Fetch,
  session: StoredSession,
): Promise<Answer<ConnectionStatus[]>> {
  const connections: ConnectionStatus[] = [];
  const query = new URLSearchParams({ state: STATE, limit: PAGE });
  for (let pages = 0; pages < MOST_PAGES; pages++) {
    const path = `${CONNECTIONS_PATH}?${query}`;
    const answer = await askFor(fetch, { session, path, schema: ConnectionsPage });
    if (answer.kind !== "answered") return answer;
    connections.push(...answer.body.connections);
    const { nextCursor } = answer.body;
    if (nextCursor === null) break;
    // Whoever answers with the same page for ever is no server of ours.
    if (nextCursor === query.get("cursor")) return { kind: "unexpected_answer" };
    query.set("cursor", nextCursor);
  }
  return { kind: "answered", body: connections };
}

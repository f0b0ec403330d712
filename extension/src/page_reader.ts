/** Asks for connections page by page, in pages that can be read. */
import type { ConnectionState } from "#shared/connection_status.ts";
import { ConnectionsPage } from "#shared/connections_page.ts";
import { CONNECTIONS_PATH } from "#shared/endpoints.ts";
import { type Answer, askFor } from "./ask_for.ts";
import type { Fetch } from "./server_answer.ts";
import type { StoredSession } from "./session_store.ts";

/** An answer can be too large to be read when an app has very many scopes; then pages are small. */
const [LARGE_PAGE, SMALL_PAGE] = ["100", "20"];

/** `state`: only connections in this state. */
export type Listing = { session: StoredSession; state?: ConnectionState; signal?: AbortSignal };

/** The page behind `cursor`, and the first one for null. */
export type PageReader = (cursor: string | null) => Promise<Answer<ConnectionsPage>>;

/** It asks for small pages from when a large one could not be read until a small one cannot either. */
export function createPageReader(fetch: Fetch, { state, ...question }: Listing): PageReader {
  let limit = LARGE_PAGE;
  const read: PageReader = async (cursor) => {
    const query = new URLSearchParams({ ...(state && { state }), limit, ...(cursor && { cursor }) });
    const path = `${CONNECTIONS_PATH}?${query}`;
    const answer = await askFor(fetch, { ...question, path, schema: ConnectionsPage });
    if (answer.kind === "unexpected_answer") {
      limit = limit === LARGE_PAGE ? SMALL_PAGE : LARGE_PAGE;
      return limit === SMALL_PAGE ? await read(cursor) : answer;
    }
    // Whoever answers with the same page for ever is no server of ours.
    const isSame = answer.kind === "answered" && cursor !== null && answer.body.nextCursor === cursor;
    return isSame ? { kind: "unexpected_answer" } : answer;
  };
  return read;
}

/** Every connection that a session may see, page by page. */
import * as v from "valibot";
import { ConnectionStatus } from "./connection_status.ts";

/** Most connections on one page of `GET /api/connections`, and how many there are when nobody says. */
export const MOST_CONNECTIONS_A_PAGE = 200;
export const CONNECTIONS_A_PAGE = 50;

/**
 * Body of `GET /api/connections?limit&cursor&state`. `state`: only connections in this state; then a page may have fewer
 * than `limit`, or none, and still not be the last. `nextCursor` asks for the next page; `null`: this is the last.
 */
export const ConnectionsPage = v.object({
  connections: v.array(ConnectionStatus),
  nextCursor: v.nullable(v.string()),
});
export type ConnectionsPage = v.InferOutput<typeof ConnectionsPage>;

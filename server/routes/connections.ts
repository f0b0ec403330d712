/** `GET /api/connections`: every connection that the session may see, or those in one state, page by page. */
import { Hono } from "hono";
import * as v from "valibot";
import { CONNECTION_STATES } from "#shared/connection_status.ts";
import {
  CONNECTIONS_A_PAGE,
  type ConnectionsPage,
  MOST_CONNECTIONS_A_PAGE,
} from "#shared/connections_page.ts";
import { CONNECTIONS_PATH } from "#shared/endpoints.ts";
import type { AppDependencies } from "../app.ts";
import { readConnections } from "../connections/read_connections.ts";
import { statusFor } from "../connections/status_for.ts";
import type { AppEnv } from "../http/context.ts";
import { requireSession } from "../http/live_session.ts";
import { pageLimit, queryOf } from "../http/page_query.ts";

const Query = v.object({
  limit: pageLimit({ most: MOST_CONNECTIONS_A_PAGE, usual: CONNECTIONS_A_PAGE }),
  // The last id of the page before: no secret, and of no use to whoever may not see it.
  cursor: v.optional(v.pipe(v.string(), v.uuid())),
  state: v.optional(v.picklist(CONNECTION_STATES)),
});

const EXPECTED =
  `limit from 1 to ${MOST_CONNECTIONS_A_PAGE}, cursor as the last page gave it, and a known state`;

export function connectionsRoute({ config, database }: AppDependencies): Hono<AppEnv> {
  const route = new Hono<AppEnv>();
  route.get(CONNECTIONS_PATH, async (c) => {
    const { limit, cursor = null, state = null } = queryOf(c, { schema: Query, expected: EXPECTED });
    const sessionId = await requireSession(c, database);
    const { connections, next } = await readConnections(database, { sessionId, limit, after: cursor, state });
    const statuses = connections.map((view) => statusFor(view, config.highlevel.scopes));
    const body: ConnectionsPage = {
      // What was read can be in that state; which one it is in, the better of its installs decides.
      connections: state === null ? statuses : statuses.filter((status) => status.state === state),
      nextCursor: next,
    };
    return c.json(body);
  });
  return route;
}

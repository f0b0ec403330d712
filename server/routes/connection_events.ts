/** `GET /api/connections/:connectionId/events`: what happened to a connection of the session, page by page. */
import { Hono } from "hono";
import * as v from "valibot";
import { type ConnectionEvents, EVENTS_A_PAGE, MOST_EVENTS_A_PAGE } from "#shared/connection_events.ts";
import { CONNECTION_EVENTS_PATTERN } from "#shared/endpoints.ts";
import type { AppDependencies } from "../app.ts";
import { readEvents } from "../connections/read_events.ts";
import type { AppEnv } from "../http/context.ts";
import { requireHistory } from "../http/granted_connection.ts";
import { pageLimit, queryOf } from "../http/page_query.ts";

const Query = v.object({
  limit: pageLimit({ most: MOST_EVENTS_A_PAGE, usual: EVENTS_A_PAGE }),
  // The last event of the page before; as many digits as fit into every bigint.
  cursor: v.optional(v.pipe(v.string(), v.regex(/^\d{1,18}$/))),
});

const EXPECTED = `limit from 1 to ${MOST_EVENTS_A_PAGE}, and cursor as the last page gave it`;

/** Also of a connection that has no install any more: its history says why. */
export function connectionEventsRoute({ database }: AppDependencies): Hono<AppEnv> {
  const route = new Hono<AppEnv>();
  route.get(CONNECTION_EVENTS_PATTERN, async (c) => {
    const { limit, cursor = null } = queryOf(c, { schema: Query, expected: EXPECTED });
    const history = await requireHistory(c, database);
    const { events, next } = await readEvents(database, { ...history, limit, before: cursor });
    const body: ConnectionEvents = { events, nextCursor: next };
    return c.json(body);
  });
  return route;
}

/** `GET /api/connections`: every connection that the session may see, page by page. */
import { Hono } from "hono";
import * as v from "valibot";
import {
  CONNECTIONS_A_PAGE,
  type ConnectionsPage,
  MOST_CONNECTIONS_A_PAGE,
} from "#shared/connections_page.ts";
import { CONNECTIONS_PATH } from "#shared/endpoints.ts";
import type { AppDependencies } from "../app.ts";
import { readConnections } from "../connections/read_connections.ts";
import { statusFor } from "../connections/status_for.ts";
import { ApiFailure } from "../errors.ts";
import type { AppContext, AppEnv } from "../http/context.ts";
import { requireSession } from "../http/live_session.ts";

const Query = v.object({
  limit: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^\d{1,3}$/),
      v.transform(Number),
      v.minValue(1),
      v.maxValue(MOST_CONNECTIONS_A_PAGE),
    ),
    String(CONNECTIONS_A_PAGE),
  ),
  // The last id of the page before: no secret, and of no use to whoever may not see it.
  cursor: v.optional(v.pipe(v.string(), v.uuid())),
});

export function connectionsRoute({ config, database }: AppDependencies): Hono<AppEnv> {
  const route = new Hono<AppEnv>();
  route.get(CONNECTIONS_PATH, async (c) => {
    const { limit, cursor = null } = queryOf(c);
    const sessionId = await requireSession(c, database);
    const { connections, next } = await readConnections(database, { sessionId, limit, after: cursor });
    const body: ConnectionsPage = {
      connections: connections.map((view) => statusFor(view, config.highlevel.scopes)),
      nextCursor: next,
    };
    return c.json(body);
  });
  return route;
}

function queryOf(c: AppContext): v.InferOutput<typeof Query> {
  const isRepeated = Object.values(c.req.queries()).some((values) => values.length > 1);
  const query = v.safeParse(Query, c.req.query());
  if (isRepeated || !query.success) {
    throw new ApiFailure(
      "invalid_request",
      `Expected limit from 1 to ${MOST_CONNECTIONS_A_PAGE}, and cursor as the last page gave it`,
    );
  }
  return query.output;
}

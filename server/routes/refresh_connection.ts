/** `POST /api/connections/:connectionId/refresh`: refreshes a connection of the session now and tells how it stands. */
import { Hono } from "hono";
import * as v from "valibot";
import { CONNECTION_REFRESH_PATTERN } from "#shared/endpoints.ts";
import type { AppDependencies } from "../app.ts";
import { readGrant } from "../connections/read_grant.ts";
import { readConnection } from "../connections/read_status.ts";
import { isProlongable, prolongSession } from "../connections/session.ts";
import { statusFor } from "../connections/status_for.ts";
import { ApiFailure } from "../errors.ts";
import { noSession, requireBearerToken } from "../http/bearer_token.ts";
import type { AppEnv } from "../http/context.ts";

const ConnectionId = v.pipe(v.string(), v.uuid());

export function refreshConnectionRoute({ config, database, rotator }: AppDependencies): Hono<AppEnv> {
  const route = new Hono<AppEnv>();
  route.post(CONNECTION_REFRESH_PATTERN, async (c) => {
    const sessionToken = requireBearerToken(c);
    const connectionId = c.req.param("connectionId");
    if (!v.is(ConnectionId, connectionId)) {
      throw new ApiFailure("invalid_request", "Expected a connection id in the path");
    }
    const grant = await readGrant(database, { sessionToken, connectionId });
    if (grant === undefined) return noSession();
    if (isProlongable(grant.sessionRemainingSeconds)) await prolongSession(database, sessionToken);
    if (grant.connectionId === null) return noConnection();
    await rotator.refreshNow(grant.connectionId);
    // Whatever came of it stands in the row.
    const connection = await readConnection(database, grant.connectionId);
    return connection === undefined ? noConnection() : c.json(statusFor(connection, config.highlevel.scopes));
  });
  return route;
}

/** The failure for a connection that is unknown, was not granted, or whose tokens were wiped. */
function noConnection(): never {
  throw new ApiFailure("not_found", "No connection that this session may see: connect from the extension");
}

/** `POST /api/connections/:connectionId/refresh`: refreshes a connection of the session now and tells how it stands. */
import { Hono } from "hono";
import { CONNECTION_REFRESH_PATTERN } from "#shared/endpoints.ts";
import type { AppDependencies } from "../app.ts";
import { readConnection } from "../connections/read_status.ts";
import { statusFor } from "../connections/status_for.ts";
import type { AppEnv } from "../http/context.ts";
import { noConnection, requireGrant } from "../http/granted_connection.ts";

export function refreshConnectionRoute({ config, database, tokens }: AppDependencies): Hono<AppEnv> {
  const route = new Hono<AppEnv>();
  route.post(CONNECTION_REFRESH_PATTERN, async (c) => {
    const connectionId = await requireGrant(c, database);
    await tokens.refreshNow(connectionId);
    // Whatever came of it stands in the row.
    const connection = await readConnection(database, connectionId);
    return connection === undefined ? noConnection() : c.json(statusFor(connection, config.highlevel.scopes));
  });
  return route;
}

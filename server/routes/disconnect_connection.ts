/** `DELETE /api/connections/:connectionId`: uninstalls the app at HighLevel and takes the tokens away. */
import { Hono } from "hono";
import { notConnectedStatus } from "#shared/connection_status.ts";
import { CONNECTION_PATTERN } from "#shared/endpoints.ts";
import type { AppDependencies } from "../app.ts";
import { readConnection } from "../connections/read_status.ts";
import { statusFor } from "../connections/status_for.ts";
import { ApiFailure } from "../errors.ts";
import type { AppEnv } from "../http/context.ts";
import { noConnection, requireGrant } from "../http/granted_connection.ts";

/**
 * 204: uninstalled and wiped. 200 with a status: wiped, and HighLevel could not be told. 202 with a status: accepted, and
 * HighLevel is asked again until it has confirmed.
 */
export function disconnectConnectionRoute(deps: AppDependencies): Hono<AppEnv> {
  const { config, database, logger } = deps;
  const route = new Hono<AppEnv>();
  route.delete(CONNECTION_PATTERN, async (c) => {
    const { connectionId, mayRemove } = await requireGrant(c, database);
    if (!mayRemove) {
      throw new ApiFailure(
        "agency_install",
        "The agency installed the app for this location: only somebody who connected the agency can remove it",
      );
    }
    const before = await readConnection(database, connectionId);
    const outcome = await deps.disconnect(connectionId);
    if (before === undefined || outcome === "not_connected") return noConnection();
    logger.info("disconnected", { request_id: c.get("requestId"), connection_id: connectionId, outcome });
    if (outcome === "removed") return c.body(null, 204);
    const after = await readConnection(database, connectionId);
    return c.json(
      after === undefined ? notConnectedStatus(before.locationId) : statusFor(after, config.highlevel.scopes),
      outcome === "pending" && after !== undefined ? 202 : 200,
    );
  });
  return route;
}

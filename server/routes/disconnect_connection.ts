/** `DELETE /api/connections/:connectionId`: uninstalls the app at HighLevel and takes the tokens away. */
import { Hono } from "hono";
import { notConnectedStatus } from "#shared/connection_status.ts";
import { CONNECTION_PATTERN } from "#shared/endpoints.ts";
import type { AppDependencies } from "../app.ts";
import { readConnection } from "../connections/read_status.ts";
import { statusFor } from "../connections/status_for.ts";
import { ApiFailure } from "../errors.ts";
import { requireBearerToken } from "../http/bearer_token.ts";
import type { AppEnv } from "../http/context.ts";
import { noConnection, requireGrant } from "../http/granted_connection.ts";

/**
 * 204: uninstalled and wiped. 200 with a status: it is over, and HighLevel could not be told, or was not, because somebody
 * connected again meanwhile. 202 with a status: accepted, and HighLevel is asked again until it has confirmed.
 */
export function disconnectConnectionRoute(deps: AppDependencies): Hono<AppEnv> {
  const { config, database, logger } = deps;
  const route = new Hono<AppEnv>();
  route.delete(CONNECTION_PATTERN, async (c) => {
    const connectionId = await requireGrant(c, database);
    const before = await readConnection(database, connectionId);
    // Who may remove what is looked at with the wish: an agency can install at any moment.
    const outcome = await deps.disconnect(connectionId, requireBearerToken(c));
    if (before === undefined || outcome === "not_connected") return noConnection();
    logger.info("disconnected", { request_id: c.get("requestId"), connection_id: connectionId, outcome });
    if (outcome === "agency_install") {
      throw new ApiFailure(
        "agency_install",
        "The location is among those of an agency's install, as HighLevel lists them: only somebody who connected the agency can remove it",
      );
    }
    if (outcome === "refused") {
      throw new ApiFailure(
        "removal_refused",
        "HighLevel does not let the agency's install remove the app from this location: connect the agency again, or remove the app in HighLevel",
      );
    }
    if (outcome === "removed") return c.body(null, 204);
    const after = await readConnection(database, connectionId);
    return c.json(
      after === undefined ? notConnectedStatus(before.locationId) : statusFor(after, config.highlevel.scopes),
      outcome === "pending" && after !== undefined ? 202 : 200,
    );
  });
  return route;
}

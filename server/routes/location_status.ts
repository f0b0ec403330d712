/** `GET /api/locations/:locationId/status`: what the session's holder may know of the connection of one location. */
import { Hono } from "hono";
import { notConnectedStatus } from "#shared/connection_status.ts";
import { LOCATION_STATUS_PATTERN } from "#shared/endpoints.ts";
import { isLocationId } from "#shared/identifiers.ts";
import type { AppDependencies } from "../app.ts";
import { createStatusReader } from "../connections/read_status.ts";
import { isProlongable, prolongSession } from "../connections/session.ts";
import { statusFor } from "../connections/status_for.ts";
import { ApiFailure } from "../errors.ts";
import { noSession, requireBearerToken } from "../http/bearer_token.ts";
import type { AppEnv } from "../http/context.ts";

export function locationStatusRoute({ config, database }: AppDependencies): Hono<AppEnv> {
  const route = new Hono<AppEnv>();
  const readLocationStatus = createStatusReader(database);
  route.get(LOCATION_STATUS_PATTERN, async (c) => {
    const sessionToken = requireBearerToken(c);
    const locationId = c.req.param("locationId");
    if (!isLocationId(locationId)) {
      throw new ApiFailure("invalid_request", "Expected a location id in the path");
    }
    const view = await readLocationStatus({ sessionToken, locationId });
    if (view === undefined) return noSession();
    if (isProlongable(view.sessionRemainingSeconds)) await prolongSession(database, sessionToken);
    const { connection } = view;
    return c.json(
      connection === null ? notConnectedStatus(locationId) : statusFor(connection, config.highlevel.scopes),
    );
  });
  return route;
}

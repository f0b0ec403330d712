/**
 * `POST /api/sessions` turns a grant code into a session; `DELETE /api/sessions/current` ends one, `DELETE /api/sessions` all
 * of the same person.
 */
import { Hono } from "hono";
import { createMiddleware } from "hono/factory";
import * as v from "valibot";
import { CURRENT_SESSION_PATH, SESSIONS_PATH } from "#shared/endpoints.ts";
import { SessionRequest, type SessionResponse, type SessionsEnded } from "#shared/session.ts";
import type { AppDependencies } from "../app.ts";
import { redeemGrantCode } from "../connections/grant_code.ts";
import { readConnection } from "../connections/read_status.ts";
import { createSession, endSession, grantConnection, prolongSession } from "../connections/session.ts";
import { addPerson, endPersonsSessions } from "../connections/session_person.ts";
import { statusFor } from "../connections/status_for.ts";
import { ApiFailure } from "../errors.ts";
import { bearerToken, noSession, requireBearerToken } from "../http/bearer_token.ts";
import type { AppContext, AppEnv } from "../http/context.ts";
import { rateLimit, tooManyCalls } from "../http/rate_limit.ts";

export function sessionsRoute(deps: AppDependencies): Hono<AppEnv> {
  const { config, database, logger } = deps;
  const route = new Hono<AppEnv>();

  const limited = rateLimit(deps, (_c, retryAfter) => {
    throw tooManyCalls(retryAfter);
  });

  route.post(SESSIONS_PATH, limited, requireJson, async (c) => {
    const request = v.safeParse(SessionRequest, await readJson(c));
    if (!request.success) {
      throw new ApiFailure("invalid_request", "Expected a body with a code and a codeVerifier");
    }
    // One transaction, committed also when the code is refused: reading a code spends it.
    const redeemed = await database.begin(async (tx) => {
      const grant = await redeemGrantCode(tx, request.output);
      const connection = grant === undefined ? undefined : await readConnection(tx, grant.connectionId);
      if (grant === undefined || connection === undefined) return undefined;
      const token = bearerToken(c);
      // A session that has ended is no reason to lose the grant: its holder gets a new one.
      const session = (token === undefined ? undefined : await prolongSession(tx, token)) ??
        await createSession(tx);
      await grantConnection(tx, { sessionId: session.id, connectionId: connection.id });
      const { userId } = grant;
      if (userId !== null) await addPerson(tx, { sessionId: session.id, userId });
      return { session, connection };
    });
    if (redeemed === undefined) {
      throw new ApiFailure("invalid_grant", "The grant code is unknown, used or expired");
    }
    const { session, connection } = redeemed;
    logger.info("session_granted", {
      request_id: c.get("requestId"),
      session_id: session.id,
      connection_id: connection.id,
    });
    const body: SessionResponse = {
      token: session.token,
      expiresAt: session.expiresAt.toISOString(),
      connection: statusFor(connection, config.highlevel.scopes),
    };
    return c.json(body, 201);
  });

  route.delete(CURRENT_SESSION_PATH, async (c) => {
    if (!await endSession(database, requireBearerToken(c))) noSession();
    return c.body(null, 204);
  });

  route.delete(SESSIONS_PATH, async (c) => {
    const { ended, isPersonKnown } = await endPersonsSessions(database, requireBearerToken(c));
    if (ended === 0) noSession();
    logger.info("sessions_ended", { request_id: c.get("requestId"), sessions: ended });
    if (isPersonKnown) return c.body(null, 204);
    const body: SessionsEnded = { onlyThis: true };
    return c.json(body);
  });

  return route;
}

const requireJson = createMiddleware<AppEnv>(async (c, next) => {
  const [type] = (c.req.header("content-type") ?? "").split(";");
  if (type?.trim().toLowerCase() !== "application/json") {
    throw new ApiFailure("unsupported_media_type", "Expected a body of type application/json");
  }
  await next();
});

async function readJson(c: AppContext): Promise<unknown> {
  try {
    return await c.req.json();
  } catch {
    // Not JSON, not UTF-8, or cut off by a client that left.
    return undefined;
  }
}

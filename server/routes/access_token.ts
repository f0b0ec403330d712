/**
 * `GET /api/locations/:locationId/token` and `GET /api/companies/:companyId/token`: a live access token for an
 * integration that brings an API key. The only routes whose answers hold a HighLevel token.
 */
import { Hono } from "hono";
import * as v from "valibot";
import type { AccessTokenResponse } from "#shared/access_token.ts";
import { COMPANY_TOKEN_PATTERN, LOCATION_TOKEN_PATTERN } from "#shared/endpoints.ts";
import { HighLevelId } from "#shared/identifiers.ts";
import { findConnection, noteUse } from "../api_keys/find_connection.ts";
import type { TokenSubject } from "../api_keys/key_scope.ts";
import type { AppDependencies } from "../app.ts";
import { ApiFailure } from "../errors.ts";
import { noApiKey, requireApiKey } from "../http/api_key.ts";
import type { AppContext, AppEnv } from "../http/context.ts";
import { errorFields } from "../log.ts";
import type { LiveToken, TokenRefusal } from "../rotation/rotator.ts";

const DEFAULT_MIN_TTL_SECONDS = 60;
/** Half of an access token's day. Asking for more would refresh on almost every call. */
const LONGEST_MIN_TTL_SECONDS = 43_200;

export function accessTokenRoute(deps: AppDependencies): Hono<AppEnv> {
  const { database, logger, tokens } = deps;
  const route = new Hono<AppEnv>();
  route.get(LOCATION_TOKEN_PATTERN, (c) => answer(c, { kind: "location", id: c.req.param("locationId") }));
  route.get(COMPANY_TOKEN_PATTERN, (c) => answer(c, { kind: "company", id: c.req.param("companyId") }));

  async function answer(c: AppContext, subject: TokenSubject): Promise<Response> {
    const keyText = requireApiKey(c);
    if (!v.is(HighLevelId, subject.id)) {
      throw new ApiFailure("invalid_request", `Expected a ${subject.kind} id in the path`);
    }
    const minTtlSeconds = parseMinTtl(c.req.queries("minTtl"));
    const view = await findConnection(deps, { keyText, subject });
    if (view === undefined) return noApiKey();
    if (view.useToNote !== undefined) await noteUseIfPossible(view.useToNote);
    if (view.connectionId === null) throw failureFor({ reason: "not_connected" });
    const token = await tokens.liveToken(view.connectionId, minTtlSeconds);
    logger.info(token.ok ? "access_token_given" : "access_token_refused", {
      request_id: c.get("requestId"),
      key_name: view.keyName,
      connection_id: view.connectionId,
      reason: token.ok ? undefined : token.failure.reason,
    });
    if (!token.ok) throw failureFor(token.failure);
    return c.json(responseFor(token.value));
  }

  /** The list of keys is no reason to withhold a token. */
  async function noteUseIfPossible(keyId: string): Promise<void> {
    try {
      await noteUse(database, keyId);
    } catch (error) {
      logger.warn("key_use_not_noted", { key_id: keyId, ...errorFields(error) });
    }
  }

  return route;
}

function parseMinTtl(given: readonly string[] | undefined): number {
  if (given === undefined) return DEFAULT_MIN_TTL_SECONDS;
  const [text = ""] = given;
  const seconds = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
  // Of two values nobody can say which was meant.
  if (given.length !== 1 || !(seconds <= LONGEST_MIN_TTL_SECONDS)) {
    throw new ApiFailure(
      "invalid_request",
      `Expected minTtl once, as whole seconds from 0 to ${LONGEST_MIN_TTL_SECONDS}`,
    );
  }
  return seconds;
}

function responseFor(token: LiveToken): AccessTokenResponse {
  return {
    accessToken: token.accessToken,
    tokenType: "Bearer",
    expiresAt: token.expiresAt.toISOString(),
    scopes: [...token.scopes],
    locationId: token.locationId,
    companyId: token.companyId,
  };
}

function failureFor(refusal: TokenRefusal): ApiFailure {
  switch (refusal.reason) {
    case "not_connected":
      return new ApiFailure(
        "not_found",
        "No connection that this key may see: connect it with the extension, or use a key of its location or company",
      );
    case "reconnect_required":
      return new ApiFailure(
        "reconnect_required",
        "HighLevel gives no access token for this connection any more: a person has to connect it again with the extension",
      );
    case "location_paused":
      return new ApiFailure(
        "location_paused",
        "HighLevel says that the location is not active: activate it there, and Relatch gets a token by itself",
      );
    case "refresh_failing":
      return new ApiFailure(
        "refresh_failing",
        "No access token that lives long enough could be had at the moment: ask again after the seconds in Retry-After",
        Math.max(1, Math.ceil(refusal.retryAfterSeconds)),
      );
  }
}

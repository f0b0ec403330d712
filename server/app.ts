/** Puts the routes together with what every answer needs: request ids, log lines, headers, limits and errors. */
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { cors } from "hono/cors";
import { requestId } from "hono/request-id";
import type { RateLimiterAbstract } from "rate-limiter-flexible";
import { CONNECT_PATH, HEALTH_PATH, READY_PATH } from "#shared/endpoints.ts";
import type { Config } from "./config.ts";
import type { EncryptionKeys } from "./crypto/encryption_keys.ts";
import { type Database, isDatabaseUnavailable } from "./db/connect_database.ts";
import { apiErrorResponse, ApiFailure } from "./errors.ts";
import type { AppContext, AppEnv } from "./http/context.ts";
import { isAllowedOrigin } from "./http/extension_origin.ts";
import { headerLimit } from "./http/header_limit.ts";
import { requestLog } from "./http/request_log.ts";
import { apiHeaders, pageHeaders } from "./http/security_headers.ts";
import { errorFields, type Logger } from "./log.ts";
import { outcomePage } from "./pages/outcome_page.tsx";
import { connectRoute } from "./routes/connect.ts";
import { healthRoute } from "./routes/health.ts";
import { locationStatusRoute } from "./routes/location_status.ts";
import { oauthCallbackRoute } from "./routes/oauth_callback.ts";
import { sessionsRoute } from "./routes/sessions.ts";

/** Everything the routes touch of the world. */
export interface AppDependencies {
  readonly config: Config;
  readonly keys: EncryptionKeys;
  readonly database: Database;
  readonly logger: Logger;
  readonly rateLimiter: RateLimiterAbstract;
  /** Calls HighLevel; it must not repeat a request by itself. */
  readonly fetch: typeof fetch;
  /** Milliseconds since 1970; for the sealed attempts only, since all that is stored goes by the database's clock. */
  readonly now: () => number;
}

const MAX_BODY_BYTES = 16 * 1024;
const PREFLIGHT_SECONDS = 600;
const RETRY_AFTER_SECONDS = 5;

export function createApp(deps: AppDependencies): Hono<AppEnv> {
  const { config, logger } = deps;
  const app = new Hono<AppEnv>();

  app.use(requestId({ limitLength: 64 }), requestLog(logger));
  app.use("/api/*", apiHeaders());
  app.use(CONNECT_PATH, pageHeaders());
  app.use(config.callbackPath, pageHeaders());
  const extensionCors = cors({
    origin: (origin) => isAllowedOrigin(origin, config.extensionRedirectUrls) ? origin : null,
    allowMethods: ["GET", "POST", "DELETE"],
    allowHeaders: ["authorization", "content-type"],
    exposeHeaders: ["retry-after", "x-request-id"],
    maxAge: PREFLIGHT_SECONDS,
  });
  app.use("/api/*", extensionCors);
  // The extension's options page asks whether an address is a Relatch server.
  app.use(HEALTH_PATH, apiHeaders(), extensionCors);
  app.use(READY_PATH, apiHeaders());
  app.use(headerLimit());
  app.use("/api/*", bodyLimit({ maxSize: MAX_BODY_BYTES, onError: refuseBody }));

  app.route("/", healthRoute(deps));
  app.route("/", connectRoute(deps));
  app.route("/", oauthCallbackRoute(deps));
  app.route("/", sessionsRoute(deps));
  app.route("/", locationStatusRoute(deps));

  app.notFound((c) =>
    isWindowRoute(c)
      ? outcomePage(c, "nothing_to_do")
      : apiErrorResponse(c, new ApiFailure("not_found", "No such route"))
  );
  app.onError((error, c) => {
    if (!(error instanceof ApiFailure)) {
      logger.error("request_failed", { request_id: c.get("requestId"), ...errorFields(error) });
    }
    return isWindowRoute(c) ? outcomePage(c, "server_error") : apiErrorResponse(c, apiFailureFor(error));
  });

  /** Chrome aborts the flow's window on a status of 400 or more, so these paths answer with a page at the worst. */
  function isWindowRoute(c: AppContext): boolean {
    return c.req.path === CONNECT_PATH || c.req.path === config.callbackPath;
  }

  return app;
}

function apiFailureFor(error: Error): ApiFailure {
  if (error instanceof ApiFailure) return error;
  return isDatabaseUnavailable(error)
    ? new ApiFailure("unavailable", "The database cannot be reached at the moment", RETRY_AFTER_SECONDS)
    : new ApiFailure("internal_error", "The server failed: its log tells more under this request id");
}

function refuseBody(): never {
  throw new ApiFailure("payload_too_large", `Expected a body of at most ${MAX_BODY_BYTES} bytes`);
}

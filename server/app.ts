/** Puts the routes together with what every answer needs: request ids, log lines, headers, limits and errors. */
import { Hono } from "hono";
import { cors } from "hono/cors";
import { HTTPException } from "hono/http-exception";
import { timeout } from "hono/timeout";
import type { RateLimiterAbstract } from "rate-limiter-flexible";
import { CONNECT_PATH, HEALTH_PATH, WEBHOOKS_PATH } from "#shared/endpoints.ts";
import type { Config } from "./config.ts";
import type { AfterInstall } from "./connections/install_from_marketplace.ts";
import type { EncryptionKeys } from "./crypto/encryption_keys.ts";
import type { Database } from "./db/connect_database.ts";
import { isDatabaseUnavailable } from "./db/database_unavailable.ts";
import { apiErrorResponse, ApiFailure } from "./errors.ts";
import { bodySize } from "./http/body_size.ts";
import type { AppContext, AppEnv } from "./http/context.ts";
import { isAllowedOrigin } from "./http/extension_origin.ts";
import { headerLimit } from "./http/header_limit.ts";
import { refusalLimit } from "./http/rate_limit.ts";
import { requestId } from "./http/request_id.ts";
import { requestLog } from "./http/request_log.ts";
import { apiHeaders, pageHeaders } from "./http/security_headers.ts";
import { unnamedProxyWarning } from "./http/unnamed_proxy.ts";
import { errorFields, type Logger } from "./log.ts";
import { outcomePage } from "./pages/outcome_page.tsx";
import type { CallGate } from "./rotation/call_gate.ts";
import type { Rotator } from "./rotation/rotator.ts";
import { accessTokenRoute } from "./routes/access_token.ts";
import { agencyDomainsRoute } from "./routes/agency_domains.ts";
import { connectionEventsRoute } from "./routes/connection_events.ts";
import { connectionsRoute } from "./routes/connections.ts";
import { connectRoute } from "./routes/connect.ts";
import { disconnectConnectionRoute } from "./routes/disconnect_connection.ts";
import { healthRoute } from "./routes/health.ts";
import { locationStatusRoute } from "./routes/location_status.ts";
import { oauthCallbackRoute } from "./routes/oauth_callback.ts";
import { refreshConnectionRoute } from "./routes/refresh_connection.ts";
import { sessionsRoute } from "./routes/sessions.ts";
import { webhooksRoute } from "./routes/webhooks.ts";
import type { Upkeep } from "./upkeep/start_upkeep.ts";

/** Everything the routes touch of the world. */
export interface AppDependencies {
  readonly config: Config;
  readonly keys: EncryptionKeys;
  readonly database: Database;
  readonly logger: Logger;
  readonly rateLimiter: RateLimiterAbstract;
  /** Live access tokens of every connection, from the better of its installs. */
  readonly tokens: Rotator;
  /** Knows whether HighLevel refuses the app's credentials at the moment, and learns from every exchange. */
  readonly gate: Pick<CallGate, "shutFor" | "begin" | "settle">;
  /** Calls HighLevel; it must not repeat a request by itself. */
  readonly fetch: typeof fetch;
  /** Milliseconds since 1970; for the sealed attempts only, since all that is stored goes by the database's clock. */
  readonly now: () => number;
  /** What there is to find out about an install before a person is told of it. */
  readonly afterInstall: AfterInstall;
  /** Uninstalls at HighLevel, wipes, and tells what came of it. Throws when the database fails. */
  readonly disconnect: Upkeep["disconnect"];
  /** Wakes up who carries webhooks out; nobody waits for it. */
  readonly webhookStored: () => void;
}

/** Longer than any query may take: it ends requests that wait for a silent database, or for a body that never ends. */
const DEADLINE_MILLISECONDS = 15_000;
const PREFLIGHT_SECONDS = 600;
const RETRY_AFTER_SECONDS = 5;

export function createApp(deps: AppDependencies): Hono<AppEnv> {
  const { config, logger } = deps;
  const app = new Hono<AppEnv>();

  const [forPages, forData] = [pageHeaders(), apiHeaders()];
  app.use(requestId(), requestLog(logger));
  app.use((c, next) => isWindowRoute(c) ? forPages(c, next) : forData(c, next));
  const extensionCors = cors({
    origin: (origin) => isAllowedOrigin(origin, config.extensionRedirectUrls) ? origin : null,
    allowMethods: ["GET", "POST", "DELETE"],
    allowHeaders: ["authorization", "content-type"],
    exposeHeaders: ["retry-after", "x-request-id"],
    maxAge: PREFLIGHT_SECONDS,
  });
  // Integrations call from no page, and have no use for it. The extension's options page asks for the server's health.
  for (const path of ["/api/*", HEALTH_PATH]) {
    app.use(path, (c, next) => c.req.header("origin") === undefined ? next() : extensionCors(c, next));
  }
  app.use(headerLimit(), unnamedProxyWarning(deps));
  for (const path of ["/api/*", WEBHOOKS_PATH]) app.use(path, timeout(DEADLINE_MILLISECONDS));
  app.use("/api/*", refusalLimit(deps));
  app.use("/api/*", bodySize());

  app.route("/", healthRoute(deps));
  app.route("/", connectRoute(deps));
  app.route("/", oauthCallbackRoute(deps));
  app.route("/", sessionsRoute(deps));
  app.route("/", locationStatusRoute(deps));
  app.route("/", refreshConnectionRoute(deps));
  app.route("/", disconnectConnectionRoute(deps));
  app.route("/", connectionsRoute(deps));
  app.route("/", connectionEventsRoute(deps));
  app.route("/", agencyDomainsRoute(deps));
  app.route("/", accessTokenRoute(deps));
  app.route("/", webhooksRoute(deps));

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
  // The only HTTPException that anything here throws is that of the deadline.
  return isDatabaseUnavailable(error) || error instanceof HTTPException
    ? new ApiFailure("unavailable", "The database does not answer at the moment", RETRY_AFTER_SECONDS)
    : new ApiFailure("internal_error", "The server failed: its log tells more under this request id");
}

/** One log line a request: the route's pattern instead of the URL, so that no query value can get into the log. */
import type { MiddlewareHandler } from "hono";
import { createMiddleware } from "hono/factory";
import { routePath } from "hono/route";
import { HEALTH_PATH, READY_PATH } from "#shared/endpoints.ts";
import type { Logger } from "../log.ts";
import type { AppEnv } from "./context.ts";

/** Logs after the answer is made; probes that succeed are `debug`. */
export function requestLog(logger: Logger): MiddlewareHandler<AppEnv> {
  return createMiddleware<AppEnv>(async (c, next) => {
    const started = performance.now();
    await next();
    const fields = {
      request_id: c.get("requestId"),
      method: c.req.method,
      route: routePath(c, -1),
      status: c.res.status,
      milliseconds: Math.round(performance.now() - started),
    };
    // Probes come every few seconds and say nothing while all is well.
    const isProbe = [HEALTH_PATH, READY_PATH].includes(fields.route) && fields.status === 200;
    logger[isProbe ? "debug" : "info"]("request", fields);
  });
}

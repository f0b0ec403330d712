/** Notices a proxy that the settings do not name: everybody behind it shares one address, and what an address may do a minute. */
import type { MiddlewareHandler } from "hono";
import { createMiddleware } from "hono/factory";
import type { AppDependencies } from "../app.ts";
import { isTrustedPeer } from "./client_address.ts";
import type { AppEnv } from "./context.ts";

/** Warns once in the life of the process, without an address: anybody can send the header. */
export function unnamedProxyWarning(
  { config, logger }: Pick<AppDependencies, "config" | "logger">,
): MiddlewareHandler<AppEnv> {
  let isTold = false;
  return createMiddleware<AppEnv>(async (c, next) => {
    if (
      !isTold && c.req.header("x-forwarded-for") !== undefined && !isTrustedPeer(c, config.trustedProxies)
    ) {
      isTold = true;
      logger.warn("proxy_not_trusted", { header: "x-forwarded-for", setting: "TRUSTED_PROXIES" });
    }
    await next();
  });
}

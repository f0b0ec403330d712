/** Limits how often one address may call the routes that ask for no credential. */
import type { MiddlewareHandler } from "hono";
import { createMiddleware } from "hono/factory";
import { type RateLimiterAbstract, RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import type { AppDependencies } from "../app.ts";
import { clientAddress } from "./client_address.ts";
import type { AppContext, AppEnv } from "./context.ts";

/** An attempt is three calls; an office behind one address starts few attempts a minute, a scanner starts many. */
export const CALLS_PER_MINUTE = 120;

/** One budget an address for all limited routes, counted per process, in memory. */
export function createRateLimiter(): RateLimiterAbstract {
  return new RateLimiterMemory({ points: CALLS_PER_MINUTE, duration: 60 });
}

/** What a limited route answers to a call over the limit; `retryAfter` in seconds. */
export type OnLimited = (c: AppContext, retryAfter: number) => Response | Promise<Response>;

/** Counts a call of the route and answers in its place when it is one too many. */
export function rateLimit(
  { config, rateLimiter }: Pick<AppDependencies, "config" | "rateLimiter">,
  onLimited: OnLimited,
): MiddlewareHandler<AppEnv> {
  return createMiddleware<AppEnv>(async (c, next) => {
    try {
      await rateLimiter.consume(clientAddress(c, config.trustedProxies));
    } catch (rejection) {
      if (!(rejection instanceof RateLimiterRes)) throw rejection;
      return await onLimited(c, Math.ceil(rejection.msBeforeNext / 1000));
    }
    return await next();
  });
}

/** Limits how often one address may call a route that asks for no credential. Counted per process, in memory. */
import type { MiddlewareHandler } from "hono";
import { createMiddleware } from "hono/factory";
import type { BlockList } from "node:net";
import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import { clientAddress } from "./client_address.ts";
import type { AppContext, AppEnv } from "./context.ts";

/** An office behind one address starts few attempts a minute; a scanner starts many. */
const CALLS_PER_MINUTE = 60;

export interface RateLimitOptions {
  readonly trustedProxies: BlockList;
  /** The answer to a call over the limit; `retryAfter` in seconds. */
  readonly onLimited: (c: AppContext, retryAfter: number) => Response | Promise<Response>;
}

/** One budget for every route that this middleware instance is put on. */
export function rateLimit({ trustedProxies, onLimited }: RateLimitOptions): MiddlewareHandler<AppEnv> {
  const limiter = new RateLimiterMemory({ points: CALLS_PER_MINUTE, duration: 60 });
  return createMiddleware<AppEnv>(async (c, next) => {
    try {
      await limiter.consume(clientAddress(c, trustedProxies));
    } catch (rejection) {
      if (!(rejection instanceof RateLimiterRes)) throw rejection;
      return await onLimited(c, Math.ceil(rejection.msBeforeNext / 1000));
    }
    return await next();
  });
}

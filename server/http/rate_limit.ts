/** Limits how often one address may call the routes that ask for no credential, and try out credentials. */
import type { MiddlewareHandler } from "hono";
import { createMiddleware } from "hono/factory";
import { type RateLimiterAbstract, RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import type { AppDependencies } from "../app.ts";
import { ApiFailure } from "../errors.ts";
import { digestOf } from "../crypto/opaque_token.ts";
import { bearerCredential } from "./bearer_token.ts";
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

type Limits = Pick<AppDependencies, "config" | "rateLimiter">;

/** Counts a call of the route and answers in its place when it is one too many. */
export function rateLimit({ config, rateLimiter }: Limits, onLimited: OnLimited): MiddlewareHandler<AppEnv> {
  return createMiddleware<AppEnv>(async (c, next) => {
    const used = await consume(rateLimiter, clientAddress(c, config.trustedProxies));
    return used.remainingPoints < 0 ? await onLimited(c, secondsUntilFree(used)) : await next();
  });
}

/**
 * Counts only the calls that were refused for their credential: who has a live one is not limited, whatever others do behind
 * the same address. Every wrong one has a budget of its own, and the address one for how many different ones come from it: a
 * program that repeats a revoked key does not lock out others, and whoever tries keys out is limited.
 */
export function refusalLimit({ config, rateLimiter }: Limits): MiddlewareHandler<AppEnv> {
  return createMiddleware<AppEnv>(async (c, next) => {
    const address = clientAddress(c, config.trustedProxies);
    const caller = callerOf(c, address);
    const ofAddress = await rateLimiter.get(address);
    // Every wrong credential was counted for its address at first, so most addresses need no second look.
    if (ofAddress !== null) refuseAbove(await rateLimiter.get(caller));
    await next();
    if (c.res.status !== 401) return;
    // Whether a credential is live is only known by now. Where it is not, nothing was done.
    if (ofAddress !== null) refuseAbove(ofAddress);
    const used = await consume(rateLimiter, caller);
    if (caller !== address && used.consumedPoints === 1) await consume(rateLimiter, address);
  });
}

function callerOf(c: AppContext, address: string): string {
  const credential = bearerCredential(c);
  return credential === undefined ? address : `${address} ${digestOf(credential).toHex()}`;
}

function refuseAbove(used: RateLimiterRes | null): void {
  if (used !== null && used.remainingPoints <= 0) throw tooManyCalls(secondsUntilFree(used));
}

/** The failure of a call over the limit, under `/api`. */
export function tooManyCalls(retryAfter: number): ApiFailure {
  return new ApiFailure("rate_limited", "Too many calls from this address", retryAfter);
}

/** What is left after one more call; less than nothing for one too many. */
async function consume(rateLimiter: RateLimiterAbstract, key: string): Promise<RateLimiterRes> {
  try {
    return await rateLimiter.consume(key);
  } catch (rejection) {
    if (!(rejection instanceof RateLimiterRes)) throw rejection;
    return new RateLimiterRes(-1, rejection.msBeforeNext);
  }
}

function secondsUntilFree({ msBeforeNext }: RateLimiterRes): number {
  return Math.max(1, Math.ceil(msBeforeNext / 1000));
}

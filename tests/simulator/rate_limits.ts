/** HighLevel's published limits: 100 requests in 10 seconds and 200,000 a day, per client and resource. */
import type { Answer } from "./answer.ts";
import type { Clock } from "./clock.ts";

const BURST_MAX = 100;
const BURST_MILLISECONDS = 10_000;
const DAILY_MAX = 200_000;
const DAY_MILLISECONDS = 86_400_000;

export interface RateLimits {
  /** Counts one call. The headers go on its answer, whether it is allowed or not. */
  count(
    call: { clientId: string; resourceId: string },
  ): { allowed: boolean; headers: Record<string, string> };
}

export function createRateLimits(clock: Clock): RateLimits {
  const bursts = new Map<string, Period>();
  const days = new Map<string, Period>();
  return {
    count({ clientId, resourceId }) {
      const key = `${clientId} ${resourceId}`;
      const burst = countIn(bursts, { key, now: clock.now(), length: BURST_MILLISECONDS });
      const day = countIn(days, { key, now: clock.now(), length: DAY_MILLISECONDS });
      const remaining = { burst: BURST_MAX - burst, day: DAILY_MAX - day };
      return { allowed: remaining.burst >= 0 && remaining.day >= 0, headers: rateLimitHeaders(remaining) };
    },
  };
}

/** The five headers. Negative remainders are sent as 0. */
export function rateLimitHeaders(remaining: { burst: number; day: number }): Record<string, string> {
  return {
    "X-RateLimit-Limit-Daily": `${DAILY_MAX}`,
    "X-RateLimit-Daily-Remaining": `${Math.max(0, remaining.day)}`,
    "X-RateLimit-Interval-Milliseconds": `${BURST_MILLISECONDS}`,
    "X-RateLimit-Max": `${BURST_MAX}`,
    "X-RateLimit-Remaining": `${Math.max(0, remaining.burst)}`,
  };
}

/** The refusal of a call above the limit. Its body is not published; this one follows HighLevel's other errors. */
export function tooManyRequests(headers: Record<string, string>): Answer {
  return { status: 429, body: { statusCode: 429, message: "Too Many Requests" }, headers };
}

interface Period {
  start: number;
  calls: number;
}

function countIn(periods: Map<string, Period>, call: { key: string; now: number; length: number }): number {
  const period = periods.get(call.key);
  if (period === undefined || call.now >= period.start + call.length) {
    periods.set(call.key, { start: call.now, calls: 1 });
    return 1;
  }
  period.calls += 1;
  return period.calls;
}

/** How long HighLevel wants to be left alone, from the headers of an answer. */

/** HighLevel documents its limits by the day and by the interval, and no `Retry-After`; a gateway may send one. */
const DAILY_PAUSE_SECONDS = 60 * 60;
/** Access tokens are renewed hours before they end; a pause must not reach into that for one odd header. */
const LONGEST_PAUSE_SECONDS = 60 * 60;

/**
 * Seconds to wait before the next call, an hour at most, or `null` for none: `Retry-After` (RFC 9110, section 10.2.3), a
 * used-up day (until `X-RateLimit-Daily-Reset`, milliseconds, or an hour), a used-up interval.
 */
export function pauseSecondsFor(headers: Headers): number | null {
  const retryAfter = retryAfterSeconds(headers);
  if (retryAfter !== null) return Math.min(retryAfter, LONGEST_PAUSE_SECONDS);
  if (numberIn(headers, "x-ratelimit-daily-remaining") === 0) {
    const reset = numberIn(headers, "x-ratelimit-daily-reset");
    return reset === null ? DAILY_PAUSE_SECONDS : Math.min(reset / 1000, LONGEST_PAUSE_SECONDS);
  }
  if (numberIn(headers, "x-ratelimit-remaining") !== 0) return null;
  const interval = numberIn(headers, "x-ratelimit-interval-milliseconds");
  return interval === null ? null : Math.min(interval / 1000, LONGEST_PAUSE_SECONDS);
}

/** A number of seconds, or a date, which is compared with the answer's own `Date`: clocks differ. */
function retryAfterSeconds(headers: Headers): number | null {
  const value = headers.get("retry-after")?.trim() ?? "";
  if (/^\d{1,9}$/.test(value)) return Number(value);
  const [until, sent] = [Date.parse(value), Date.parse(headers.get("date") ?? "")];
  return Number.isNaN(until) || Number.isNaN(sent) ? null : Math.max(0, (until - sent) / 1000);
}

function numberIn(headers: Headers, name: string): number | null {
  const value = headers.get(name)?.trim() ?? "";
  return /^\d{1,15}$/.test(value) ? Number(value) : null;
}

/** What a status code other than the expected one says about an attempt. */
import type { AttemptCause } from "../attempt.ts";

export function statusCauseFor(status: number): AttemptCause {
  if (status === 429) return "rate_limited";
  return status >= 500 ? "server_error" : "unexpected_answer";
}

/** A history to look at: what it shows is the same for tests and pictures. */
import type { HistoryEvent } from "#shared/connection_events.ts";
import { hoursFromNow } from "./fake_relatch.ts";

/** A month with everything in it, the newest first. */
export function eventfulHistory(): HistoryEvent[] {
  const at = (days: number, event: string, cause = "schedule") => ({
    at: hoursFromNow(-24 * days),
    event,
    cause,
  });
  const daily = (from: number, to: number) =>
    Array.from({ length: from - to }, (_, index) => at(to + index + 0.4, "renewed"));
  return [
    at(1.25, "reconnect_required", "refresh_token_rejected"),
    at(1.4, "degraded", "highlevel_unavailable"),
    ...daily(9, 2),
    at(9.5, "reauthorized", "private_flow"),
    at(11, "reconnect_required", "install_revoked"),
    ...daily(17, 12),
    at(17.5, "recovered"),
    at(18, "degraded", "rate_limited"),
    at(20, "renewed"),
    at(20.5, "recovered"),
    at(22, "paused", "location_inactive"),
    ...daily(27, 23),
    at(27.6, "connected", "private_flow"),
    at(28, "disconnected", "disconnected"),
    at(28.3, "removal_requested", "disconnected"),
    ...daily(60, 29),
    at(61, "connected", "private_flow"),
  ];
}

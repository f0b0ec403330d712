/** How long to leave a connection alone after a failed rotation. */

const FIRST_SECONDS = 30;
const LONGEST_SECONDS = 15 * 60;
const SHORTEST_SECONDS = 1;
/** A location that HighLevel calls inactive is tried slowly: it is a matter of days, and of a person. */
const PAUSED_SECONDS = 60 * 60;
/** An install that HighLevel refuses for good is tried once a day: it costs nothing and heals a wrong verdict. */
const REVOKED_SECONDS = 24 * 60 * 60;

export type PauseReason = "failing" | "paused" | "revoked";

/**
 * Seconds. `failures` counts those before this one; `atLeast` is what HighLevel asked for. Full jitter while failing
 * (anything up to the exponential bound), half of the time fixed otherwise. `random` gives numbers in [0, 1).
 */
export function backOffSeconds(
  { reason, failures, atLeast }: { reason: PauseReason; failures: number; atLeast: number | null },
  random: () => number,
): number {
  const pause = reason === "failing"
    ? random() * Math.min(LONGEST_SECONDS, FIRST_SECONDS * 2 ** Math.min(failures, 20))
    : (0.5 + random() / 2) * (reason === "paused" ? PAUSED_SECONDS : REVOKED_SECONDS);
  return Math.max(SHORTEST_SECONDS, pause, (atLeast ?? 0) * (1 + random() / 4));
}

/**
 * Presents one refresh token until HighLevel says something definite, or until its window closes. An answer that was
 * lost on the way can be had again: within 30 seconds the same token brings the same successor. As long as one may be
 * lost, a refusal of the client or of the location says nothing about the token: it may be over before the window is.
 */
import type { RefreshJudgement } from "../highlevel/judge_refresh.ts";
import type { RotationClock } from "./rotation_clock.ts";
import { CALL_MILLISECONDS, LAST_PRESENTATION_SECONDS, WINDOW_SECONDS } from "./rotation_times.ts";

const FIRST_PAUSE_SECONDS = 0.25;
/** With a call before it, less than a lease. */
const LONGEST_PAUSE_SECONDS = 2.5;
/** After "too many calls". */
const SHORTEST_LIMITED_PAUSE_SECONDS = 2;

export interface PresentOptions {
  /** One POST, judged; `deadlineMilliseconds` is what it may take. Never throws. */
  readonly call: (deadlineMilliseconds: number) => Promise<RefreshJudgement>;
  /** Asked before every repetition: false when the row is no longer ours. */
  readonly renew: () => Promise<boolean>;
  /** Since this token may have been presented for the first time: more than 0 after a crash. */
  readonly secondsSinceStart: number;
  /** When that was true, by `clock`. */
  readonly askedAt: number;
  readonly clock: RotationClock;
  readonly random: () => number;
  /** Aborted when the process has to end. */
  readonly stopping: AbortSignal;
  /** Asked then: leaves the rest of the window to another process. False when that cannot be told to the database. */
  readonly handOver: () => Promise<boolean>;
}

/**
 * - `taken_over`: someone else has the row
 * - `handed_over`: the process stops, the token may have been used up, and another process goes on
 * - `too_late`: nothing was presented, because this process was asleep until the window had closed
 */
export type Presented = RefreshJudgement | { readonly kind: "taken_over" | "handed_over" | "too_late" };

export async function presentToken(
  { call, renew, secondsSinceStart, askedAt, clock, random, stopping, handOver }: PresentOptions,
): Promise<Presented> {
  const secondsNow = (): number => secondsSinceStart + (clock.monotonic() - askedAt) / 1000;
  let mayHaveRotated = secondsSinceStart > 0;
  let last: Presented = { kind: "too_late" };
  for (let bound = FIRST_PAUSE_SECONDS;; bound = Math.min(2 * bound, LONGEST_PAUSE_SECONDS)) {
    // Right before the POST: the claim's answer, the lease's renewal or this process itself may have taken long.
    const seconds = secondsNow();
    if (seconds > LAST_PRESENTATION_SECONDS) return last;
    const judgement = await call(Math.min(CALL_MILLISECONDS, (WINDOW_SECONDS - seconds) * 1000));
    if (judgement.kind === "rotated" || judgement.kind === "dead") return judgement;
    last = judgement;
    const isTransient = judgement.kind === "transient";
    mayHaveRotated ||= isTransient && judgement.mayHaveRotated;
    const isLimited = isTransient && judgement.code === "rate_limited";
    const pause = Math.max((0.5 + random() / 2) * bound, isLimited ? SHORTEST_LIMITED_PAUSE_SECONDS : 0);
    if (!mayHaveRotated || secondsNow() + pause > LAST_PRESENTATION_SECONDS) return judgement;
    await clock.delay(pause * 1000, stopping.aborted ? undefined : stopping);
    if (stopping.aborted && await handOver()) return { kind: "handed_over" };
    if (!await renew()) return { kind: "taken_over" };
  }
}

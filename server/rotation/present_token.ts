/**
 * Presents one refresh token until HighLevel says something definite, or until its window closes. An answer that was
 * lost on the way can be had again: within 30 seconds the same token brings the same successor.
 */
import type { RefreshJudgement } from "../highlevel/judge_refresh.ts";
import type { RotationClock } from "./rotation_clock.ts";
import { LAST_PRESENTATION_SECONDS } from "./rotation_times.ts";

const FIRST_PAUSE_SECONDS = 0.25;
/** With a call before it, less than a lease. */
const LONGEST_PAUSE_SECONDS = 2.5;
/** After "too many calls". */
const SHORTEST_LIMITED_PAUSE_SECONDS = 2;

export interface PresentOptions {
  /** One POST, judged. Never throws. */
  readonly call: () => Promise<RefreshJudgement>;
  /** Asked before every repetition: false when the row is no longer ours. */
  readonly renew: () => Promise<boolean>;
  /** Since this token may have been presented for the first time: more than 0 after a crash. */
  readonly secondsSinceStart: number;
  readonly clock: RotationClock;
  readonly random: () => number;
  /** Aborted when the process has to end. */
  readonly stopping: AbortSignal;
}

/** `taken_over`: someone else has the row. `interrupted`: the process stops, and the token may have been used up. */
export type Presented = RefreshJudgement | { readonly kind: "taken_over" | "interrupted" };

export async function presentToken(
  { call, renew, secondsSinceStart, clock, random, stopping }: PresentOptions,
): Promise<Presented> {
  const began = clock.monotonic();
  let mayHaveRotated = secondsSinceStart > 0;
  for (let bound = FIRST_PAUSE_SECONDS;; bound = Math.min(2 * bound, LONGEST_PAUSE_SECONDS)) {
    const judgement = await call();
    if (judgement.kind !== "transient") return judgement;
    mayHaveRotated ||= judgement.mayHaveRotated;
    const pause = Math.max(
      (0.5 + random() / 2) * bound,
      judgement.code === "rate_limited" ? SHORTEST_LIMITED_PAUSE_SECONDS : 0,
    );
    const nextAt = secondsSinceStart + (clock.monotonic() - began) / 1000 + pause;
    if (!mayHaveRotated || nextAt > LAST_PRESENTATION_SECONDS) return judgement;
    if (!stopping.aborted) await clock.delay(pause * 1000, stopping);
    if (stopping.aborted) return { kind: "interrupted" };
    if (!await renew()) return { kind: "taken_over" };
  }
}

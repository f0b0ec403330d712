/** What comes of a try to uninstall: a pure mapping from what HighLevel said, and from how long it has been the same. */
import type { CallFailure } from "../agencies/call_with_token.ts";

/**
 * - `removed`: uninstalled at HighLevel, or not installed there any more, and wiped here
 * - `forgotten`: wiped here, and HighLevel could not be told, because it takes the tokens no more or never let them do this
 * - `refused`: the location lives by its agency's install, which HighLevel does not let do this: everything stays as it was
 * - `taken_back`: somebody connected again meanwhile, and that install stays
 * - `pending`: HighLevel has not confirmed; it is asked again by itself
 */
export type RemovalOutcome = "removed" | "forgotten" | "refused" | "taken_back" | "pending";

/** `tokens_refused`: HighLevel takes neither the access token nor, as it refuses this client, the refresh token beside it. */
export type RemovalFailure = CallFailure | { readonly reason: "tokens_refused" };

/**
 * What a wish is not put off for ever for, when it is all that the tries meet with.
 * - `no_token`: no access token could be had
 * - `token_refused`: HighLevel refuses the access token, whatever it says to the refresh token
 * - `tokens_refused`: it refuses both
 */
export type Obstacle = "no_token" | "token_refused" | "tokens_refused";

/** An obstacle that the last tries had in common, this one included. */
export interface Streak {
  readonly obstacle: Obstacle | null;
  readonly tries: number;
  /** Since the first of them. */
  readonly seconds: number;
}

/** Of a try that met with no obstacle, or of none. */
export const NO_STREAK: Streak = { obstacle: null, tries: 0, seconds: 0 };

const DAY_SECONDS = 24 * 3600;
/** So long, and in so many tries. What HighLevel refuses altogether is not held up by a moment's trouble of HighLevel. */
const HOPELESS: Readonly<Record<Obstacle, Pick<Streak, "tries" | "seconds">>> = {
  no_token: { tries: 24, seconds: DAY_SECONDS },
  token_refused: { tries: 24, seconds: DAY_SECONDS },
  tokens_refused: { tries: 4, seconds: 15 * 60 },
};

export function streakWith(
  refused: RemovalFailure,
  before: { obstacle: Obstacle | null; obstacleTries: number; obstacleSeconds: number },
): Streak {
  const obstacle = obstacleOf(refused);
  if (obstacle === null) return NO_STREAK;
  return obstacle === before.obstacle
    ? { obstacle, tries: before.obstacleTries + 1, seconds: before.obstacleSeconds }
    : { obstacle, tries: 1, seconds: 0 };
}

function obstacleOf(refused: RemovalFailure): Obstacle | null {
  switch (refused.reason) {
    case "token_refused":
    case "tokens_refused":
      return refused.reason;
    case "no_token":
      // An inactive location waits until it is active: then HighLevel takes the token, and the wish.
      return refused.refusal.reason === "refresh_failing" ? "no_token" : null;
    default:
      return null;
  }
}

/**
 * `hasOwn`: there are tokens that can be taken away. A location that lives by its agency's install has none, and its wish
 * ends by being taken back.
 */
export function outcomeFor(
  refused: RemovalFailure,
  { hasOwn, streak }: { hasOwn: boolean; streak: Streak },
): RemovalOutcome {
  const end = hasOwn ? "forgotten" : "refused";
  switch (refused.reason) {
    case "not_installed":
      return "removed";
    case "scope_missing":
    case "wrong_class":
    case "no_access":
      return end;
    case "no_token":
      if (refused.refusal.reason === "reconnect_required") return end;
      // For a location of an agency, the agency's own end brings that of the wish.
      if (refused.refusal.reason === "not_connected") return hasOwn ? end : "pending";
      return isHopeless(streak) ? end : "pending";
    case "token_refused":
    case "tokens_refused":
      return isHopeless(streak) ? end : "pending";
    case "location_inactive":
    case "rate_limited":
    case "unavailable":
    case "request_rejected":
      return "pending";
  }
}

function isHopeless({ obstacle, tries, seconds }: Streak): boolean {
  if (obstacle === null) return false;
  const bound = HOPELESS[obstacle];
  return tries >= bound.tries && seconds >= bound.seconds;
}

/**
 * Where the rows may differ from the truth when everything has come to rest, because nobody can tell. Each has its reason;
 * how often it was needed is counted.
 */
import type { Switches } from "../../simulator/switches.ts";
import type { LocationTruth } from "../../simulator/truth.ts";
import type { StoredRow } from "./rows.ts";

/**
 * `said_by_highlevel`: tokens that were wiped although HighLevel has not ended their install. It sent an UNINSTALL of the
 * location, after the agency's install, of which Relatch has no tokens, had ended there.
 *
 * `inactive_agency_is_mute`: coverage that is older than HighLevel's. An agency that is not active gets no access token
 * once its last one has ended, and nothing can be asked until it is active again.
 *
 * `inactive_inside_window`: an install that nobody can refresh any more. A process ended after HighLevel had used its token
 * up, and the next one was told that the location is not active, until the window had closed.
 *
 * The others are of an install that HighLevel ended and whose tokens are kept as `reconnect_required`: HighLevel refuses the refresh token
 * in the words in which it refuses one that was lost, and the access token, which could ask whether the app is still
 * there, tells nothing:
 *
 * - `access_token_died_with_install`: HighLevel ended it together with the install
 * - `access_token_ended_first`: its day was over before Relatch could ask, since it was away
 * - `agency_still_covers`: the app is still there, through the agency's install
 * - `agency_covered_then`: it was when HighLevel was asked, and ended later without a word
 *
 * An UNINSTALL that arrives decides all of these.
 */
export type Exception =
  | "access_token_died_with_install"
  | "access_token_ended_first"
  | "agency_still_covers"
  | "agency_covered_then"
  | "said_by_highlevel"
  | "inactive_agency_is_mute"
  | "inactive_inside_window";

export interface EndedInstall {
  readonly row: StoredRow;
  readonly switches: Readonly<Switches>;
  /** Of a location; `undefined` for an agency, or a location that was deleted. */
  readonly truth: LocationTruth | undefined;
  /** HighLevel was asked after the refusal, and said that the app is there. */
  readonly wasConfirmed: boolean;
  /** The agency of the location was connected when the refresh token was refused, and still is: it could be asked. */
  readonly hasWitness: boolean;
  /** Seconds since Relatch looked for work, each time. */
  readonly lookedSecondsAgo: readonly number[];
}

/** The reason why an ended install may still be in the rows; `undefined`: there is none. */
export function exceptionFor(
  { row, switches, truth, wasConfirmed, hasWitness, lookedSecondsAgo }: EndedInstall,
): Exception | undefined {
  const { problemCode, problemSeconds, accessTokenEndedSeconds } = row;
  if (problemCode !== "refresh_token_rejected" || switches.uninstalledRefresh !== "invalid_grant") {
    return undefined;
  }
  if (truth?.covered) return "agency_still_covers";
  if (hasWitness) return undefined;
  if (wasConfirmed) return "agency_covered_then";
  if (switches.accessTokensAfterUninstall === "dead") return "access_token_died_with_install";
  const couldAsk = lookedSecondsAgo.some((seconds) =>
    seconds < (problemSeconds ?? 0) && seconds > (accessTokenEndedSeconds ?? 0)
  );
  return couldAsk ? undefined : "access_token_ended_first";
}

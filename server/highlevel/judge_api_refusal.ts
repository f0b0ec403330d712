/**
 * Judges how HighLevel's API refuses a call. Its texts are not listed and all that tells the cases apart, so only explicit
 * words are believed; a status alone says little: HighLevel answers 401 for a dead token and for a missing scope alike.
 */
import { pauseSecondsFor } from "./call_pace.ts";
import { errorTextOf } from "./error_answer.ts";
import type { HttpAnswer } from "./http_answer.ts";

/**
 * - `token_refused`: HighLevel refuses the access token: renewing it may help
 * - `scope_missing`: the install was not granted what the call needs: a person has to connect again
 * - `wrong_class`: a Company token where a Location token is needed, or the reverse
 * - `not_installed`: HighLevel says explicitly that the app is not installed there
 * - `no_access`: what the call names belongs to somebody else
 * - `location_inactive`: the location, or its agency, is not active: the call works again once it is
 * - `rate_limited`: HighLevel wants fewer calls
 * - `unavailable`: no answer, a gateway's, or unknown words: nothing is known
 * - `request_rejected`: HighLevel refuses the request as such and says nothing about the install
 *
 * `pauseSeconds`: how long HighLevel wants to be left alone, or `null`.
 */
export type ApiRefusal =
  | {
    readonly reason:
      | "token_refused"
      | "scope_missing"
      | "wrong_class"
      | "not_installed"
      | "no_access"
      | "location_inactive";
  }
  | {
    readonly reason: "rate_limited" | "unavailable" | "request_rejected";
    readonly pauseSeconds: number | null;
  };

/** The one table of all answers that are not what was asked for; a success that cannot be used is one of them. */
export function judgeApiRefusal(answer: HttpAnswer): ApiRefusal {
  if (answer.status === null) return { reason: "unavailable", pauseSeconds: null };
  const { status, json, headers } = answer;
  const pauseSeconds = pauseSecondsFor(headers);
  if (status === 429) return { reason: "rate_limited", pauseSeconds };
  if (status === 422) return { reason: "request_rejected", pauseSeconds };
  const text = REFUSING_STATUSES.includes(status) ? errorTextOf(json) : "";
  const reason = REFUSALS.find((refusal) => refusal.text.test(text))?.reason ?? "unavailable";
  switch (reason) {
    case "unavailable":
    case "request_rejected":
      return { reason, pauseSeconds };
    default:
      return { reason };
  }
}

/** Statuses with which HighLevel itself refuses; others come from what stands before it. */
const REFUSING_STATUSES: readonly number[] = [400, 401, 403, 404];

/** "App is not installed on this location", and not "cannot tell whether the app is not installed". */
const NOT_INSTALLED =
  /(?<!\b(?:if|whether) (?:this |the |your )?)\bapp(?:lication)? (?:(?:is|was|has been) )?(?:not |no longer |un)installed\b/i;

/** "Invalid JWT", "Invalid token: access token is invalid", "The token has expired". */
const TOKEN_REFUSED =
  /\b(?:invalid|expired)[ _](?:jwt|(?:access[ _])?token)\b|\b(?:jwt|token) (?:(?:is|was|has|has been) )?(?:invalid|expired|revoked)\b/i;

/** In this order: the install of an inactive location is not gone, whatever else is said. */
const REFUSALS = [
  {
    reason: "location_inactive",
    text: /\b(?:location|company|agency|account)\b[\w ]*\b(?:not active|inactive)\b/i,
  },
  { reason: "not_installed", text: NOT_INSTALLED },
  { reason: "scope_missing", text: /\bnot authorized for this scope\b/i },
  { reason: "wrong_class", text: /\bauthClass type is not allowed\b|\buser type mismatch\b/i },
  { reason: "no_access", text: /\bnot have (?:access to this|(?:the )?necessary permissions)\b/i },
  { reason: "token_refused", text: TOKEN_REFUSED },
  {
    reason: "request_rejected",
    text:
      /\bparameters?\b|\bversion\b|\bendpoint\b.*\bremoved\b|\bmust (?:not )?be\b|\bshould not be empty\b/i,
  },
] as const;

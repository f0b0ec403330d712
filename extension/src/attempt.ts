/** One attempt to connect, from the click to its outcome, and the causes for which it can fail. */
import { CONNECT_ERRORS } from "#shared/connect_error.ts";
import { HighLevelId } from "#shared/identifiers.ts";
import { CodeVerifier } from "#shared/pkce.ts";
import { OpaqueToken } from "#shared/session.ts";
import * as v from "valibot";

/**
 * What the server says (`ConnectError`), and what only the extension can notice:
 * - `cancelled`: the person closed the sign-in window
 * - `window_busy`: the browser allows one sign-in window at a time, and one is still open
 * - `window_failed`: the sign-in window could not load a page, or could not be opened
 * - `state_mismatch`: the answer belongs to another attempt
 * - `grant_rejected`: the server did not take the grant code: too old, or used already
 * - `server_unreachable`: no answer, before the sign-in window opened or to the last step
 * - `unexpected_answer`: an answer that this version cannot read
 * - `interrupted`: the browser stopped the background while the attempt ran
 */
export const ATTEMPT_CAUSES = [
  ...CONNECT_ERRORS,
  "cancelled",
  "window_busy",
  "window_failed",
  "state_mismatch",
  "grant_rejected",
  "server_unreachable",
  "unexpected_answer",
  "interrupted",
] as const;
export type AttemptCause = typeof ATTEMPT_CAUSES[number];

/** How long the server takes an attempt for one; afterwards it refuses it as `attempt_expired`. */
const ATTEMPT_EXPIRES_MS = 10 * 60_000;

export const ConnectingAttempt = v.object({
  phase: v.literal("connecting"),
  /** The extension's own `state`; it also names the attempt. */
  state: OpaqueToken,
  codeVerifier: CodeVerifier,
  server: v.string(),
  /** The location that was looked at, if any. */
  locationId: v.nullable(HighLevelId),
  /** The sign-in window, once it is known which one it is. */
  windowId: v.nullable(v.number()),
  startedAt: v.number(),
  /** What the sign-in window came back with, until it is redeemed: a background that starts anew can still do that. */
  grant: v.exactOptional(v.object({ code: OpaqueToken, receivedAt: v.number() })),
});
export type ConnectingAttempt = v.InferOutput<typeof ConnectingAttempt>;

const ConnectedAttempt = v.object({
  phase: v.literal("connected"),
  locationId: v.nullable(HighLevelId),
  /** What was connected, which the person chose on HighLevel's page: it can differ from `locationId`. */
  connection: v.object({
    kind: v.nullable(v.picklist(["location", "company"])),
    connectionId: v.nullable(v.string()),
    locationId: v.nullable(v.string()),
    locationName: v.nullable(v.string()),
  }),
  endedAt: v.number(),
});
export type ConnectedAttempt = v.InferOutput<typeof ConnectedAttempt>;

const FailedAttempt = v.object({
  phase: v.literal("failed"),
  locationId: v.nullable(HighLevelId),
  cause: v.picklist(ATTEMPT_CAUSES),
  endedAt: v.number(),
});
export type FailedAttempt = v.InferOutput<typeof FailedAttempt>;

/** Times are milliseconds since 1970. Only a running attempt holds a code verifier. */
export const Attempt = v.variant("phase", [ConnectingAttempt, ConnectedAttempt, FailedAttempt]);
export type Attempt = v.InferOutput<typeof Attempt>;

/** Whether the server refuses by now what the sign-in window comes back with. `now` in milliseconds since 1970. */
export function hasExpired({ startedAt, grant }: ConnectingAttempt, now: number): boolean {
  // A clock that was set back must not keep an attempt young for ever.
  return grant === undefined && Math.abs(now - startedAt) > ATTEMPT_EXPIRES_MS;
}

/** How a running attempt ends without a connection; `endedAt` in milliseconds since 1970. */
export function failedAttempt(
  { locationId }: Pick<ConnectingAttempt, "locationId">,
  { cause, endedAt }: { cause: AttemptCause; endedAt: number },
): FailedAttempt {
  return { phase: "failed", locationId, cause, endedAt };
}

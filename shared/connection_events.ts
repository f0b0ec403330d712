/** The history of one connection, page by page, the newest first. */
import * as v from "valibot";
import { Timestamp } from "./connection_status.ts";

/** Most entries on one page of `GET /api/connections/:connectionId/events`, and how many there are when nobody says. */
export const MOST_EVENTS_A_PAGE = 200;
export const EVENTS_A_PAGE = 50;

/**
 * - `connected`, `reauthorized`: a person or HighLevel's marketplace brought tokens
 * - `renewed`: the tokens were rotated; `recovered`: they were, after a time of trouble
 * - `degraded`, `paused`, `reconnect_required`: the connection came into that state, or has another cause for it
 * - `disconnected`: the tokens were wiped
 * - `covered`, `uncovered`: the install of its agency reaches this location, or does so no more
 * - `removal_requested`: a person disconnected it, and HighLevel is to be told
 */
export const CONNECTION_EVENTS = [
  "connected",
  "reauthorized",
  "renewed",
  "recovered",
  "degraded",
  "paused",
  "reconnect_required",
  "disconnected",
  "covered",
  "uncovered",
  "removal_requested",
] as const;
export type ConnectionEventName = typeof CONNECTION_EVENTS[number];

/**
 * `event` and `cause` are strings to a reader, since a newer server may know more than this version: what happened, and
 * why. Who did it is not told: it may be the id of another person.
 */
export const HistoryEvent = v.object({
  at: Timestamp,
  event: v.pipe(v.string(), v.maxLength(200)),
  cause: v.pipe(v.string(), v.maxLength(200)),
});
export type HistoryEvent = v.InferOutput<typeof HistoryEvent>;

/** Body of `GET /api/connections/:connectionId/events?limit&cursor`. `nextCursor` asks for older ones; `null`: no more. */
export const ConnectionEvents = v.object({
  events: v.array(HistoryEvent),
  nextCursor: v.nullable(v.string()),
});
export type ConnectionEvents = v.InferOutput<typeof ConnectionEvents>;

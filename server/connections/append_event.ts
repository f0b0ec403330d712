/** The history of a connection: one row a change, never changed afterwards, without secrets. */
import type { Fragment, Queryable, Transaction } from "../db/connect_database.ts";

/**
 * - `connected`, `reauthorized`: a person or HighLevel's marketplace brought tokens
 * - `renewed`: the tokens were rotated; `recovered`: they were, after a time of trouble
 * - `degraded`, `paused`, `reconnect_required`: the connection came into that state, or has another cause for it
 * - `disconnected`: the tokens were wiped
 * - `covered`, `uncovered`: the install of its agency reaches this location, or does so no more
 * - `removal_requested`: a person disconnected it, and HighLevel is to be told
 */
export type ConnectionEventName =
  | "connected"
  | "reauthorized"
  | "renewed"
  | "recovered"
  | "degraded"
  | "paused"
  | "reconnect_required"
  | "disconnected"
  | "covered"
  | "uncovered"
  | "removal_requested";

/** `event`: what happened. `cause`: why. `actor`: by whom, a HighLevel user id or a part of Relatch. */
export interface ConnectionEvent {
  readonly connectionId: string;
  readonly event: ConnectionEventName;
  readonly cause: string;
  readonly actor: string;
}

/** Appends within the caller's transaction, so that a change and its history are stored together or not at all. */
export async function appendEvent(
  tx: Transaction,
  { connectionId, event, cause, actor }: ConnectionEvent,
): Promise<void> {
  await tx`
    ${insertEvents(tx)} VALUES (${connectionId}, ${event}, ${cause}, ${actor})`;
}

/** The beginning of an INSERT of (connection, event, cause, actor), for a statement that changes rows and tells of it. */
export function insertEvents(db: Queryable): Fragment {
  return db`INSERT INTO connection_events (connection_id, event, cause, actor)`;
}

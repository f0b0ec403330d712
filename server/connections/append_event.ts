/** The history of a connection: one row a change, never changed afterwards, without secrets. */
import type { ConnectionEventName } from "#shared/connection_events.ts";
import type { Fragment, Queryable, Transaction } from "../db/connect_database.ts";

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

/** The history of a connection: one row a change, never changed afterwards, without secrets. */
import type { Transaction } from "../db/connect_database.ts";

/** `event`: what happened. `cause`: why. `actor`: by whom, a HighLevel user id or a part of Relatch. */
export interface ConnectionEvent {
  readonly connectionId: string;
  readonly event: "connected" | "reauthorized";
  readonly cause: string;
  readonly actor: string;
}

/** Appends within the caller's transaction, so that a change and its history are stored together or not at all. */
export async function appendEvent(
  tx: Transaction,
  { connectionId, event, cause, actor }: ConnectionEvent,
): Promise<void> {
  await tx`
    INSERT INTO connection_events (connection_id, event, cause, actor)
    VALUES (${connectionId}, ${event}, ${cause}, ${actor})`;
}

/** Takes the tokens of a connection away for good; the row and its history stay. */
import type { Transaction } from "../db/connect_database.ts";
import { appendEvent } from "./append_event.ts";
import { untroubled } from "./untroubled.ts";

export interface WipeOptions {
  readonly connectionId: string;
  /** Why; it stands in the history. */
  readonly cause: string;
  readonly actor: string;
}

/**
 * Within the caller's transaction; false when there were no tokens any more. `generation` goes up, so that a rotation
 * that is under way cannot bring the connection back to life.
 */
export async function wipeConnection(
  tx: Transaction,
  { connectionId, cause, actor }: WipeOptions,
): Promise<boolean> {
  const wiped = await tx`
    UPDATE connections SET
      access_token = NULL, refresh_token = NULL, previous_refresh_token = NULL,
      access_token_expires_at = NULL, next_refresh_at = NULL,
      generation = generation + 1,
      ${untroubled(tx)},
      updated_at = now()
    WHERE id = ${connectionId} AND refresh_token IS NOT NULL
    RETURNING id`;
  if (wiped.length === 0) return false;
  await appendEvent(tx, { connectionId, event: "disconnected", cause, actor });
  return true;
}

/** Takes the tokens of an install away for good; the row and its history stay. An agency's locations go with it. */
import { uncoverCompany } from "../agencies/uncover.ts";
import type { Transaction } from "../db/connect_database.ts";
import { appendEvent } from "./append_event.ts";
import { undoubted, untroubled } from "./untroubled.ts";

export interface WipeOptions {
  readonly connectionId: string;
  /** Only if the row still has it: what was found out about older tokens says nothing about newer ones. */
  readonly generation?: string;
  /** Why; it stands in the history. */
  readonly cause: string;
  readonly actor: string;
}

/**
 * Within the caller's transaction; false when there were no tokens any more, or newer ones. `generation` goes up, so that
 * a rotation that is under way cannot bring the connection back to life.
 */
export async function wipeConnection(
  tx: Transaction,
  { connectionId, generation, cause, actor }: WipeOptions,
): Promise<boolean> {
  const [wiped] = await tx<{ kind: "location" | "company"; companyId: string | null }[]>`
    UPDATE connections SET
      access_token = NULL, refresh_token = NULL, previous_refresh_token = NULL,
      access_token_expires_at = NULL, next_refresh_at = NULL, check_due_at = NULL,
      generation = generation + 1,
      wiped_at = now(),
      ${untroubled(tx)},
      ${undoubted(tx)},
      updated_at = now()
    WHERE id = ${connectionId} AND refresh_token IS NOT NULL
      AND generation = coalesce(${generation ?? null}::bigint, generation)
    RETURNING kind, company_id AS "companyId"`;
  if (wiped === undefined) return false;
  await appendEvent(tx, { connectionId, event: "disconnected", cause, actor });
  if (wiped.kind === "company") {
    await uncoverCompany(tx, { companyConnectionId: connectionId, companyId: wiped.companyId, cause, actor });
  }
  return true;
}

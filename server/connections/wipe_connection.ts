/** Takes the tokens of an install away for good; the row and its history stay. An agency's locations go with it. */
import { uncoverCompany } from "../agencies/uncover.ts";
import type { Fragment, Transaction } from "../db/connect_database.ts";
import { insertEvents } from "./append_event.ts";
import { undoubted, untroubled } from "./untroubled.ts";

export interface WipeOptions {
  readonly connectionId: string;
  /** Only if the row still has it: what was found out about older tokens says nothing about newer ones. */
  readonly generation?: string;
  /** Why; it stands in the history. */
  readonly cause: string;
  readonly actor: string;
}

/** Tokens that HighLevel refused already; with a second witness there is nothing left to find out. */
export const REFUSED_CODES: readonly string[] = ["refresh_token_rejected", "install_revoked"];

/**
 * Within the caller's transaction; false when there were no tokens any more, or newer ones. `generation` goes up, so that
 * a rotation that is under way cannot bring the connection back to life.
 */
export async function wipeConnection(
  tx: Transaction,
  { connectionId, generation = "", ...why }: WipeOptions,
): Promise<boolean> {
  const isMeant =
    tx`id = ${connectionId} AND generation::text = coalesce(nullif(${generation}, ''), generation::text)`;
  const [wiped] = await wipe(tx, isMeant, why);
  if (wiped?.kind === "company") {
    const { companyId } = wiped;
    await uncoverCompany(tx, { companyConnectionId: connectionId, companyId, ...why });
    if (companyId !== null) await suspectLocations(tx, { companyId, at: null, ...why });
  }
  return wiped !== undefined;
}

/**
 * Locations that installed by themselves go with their agency or not, which HighLevel does not say: their refresh tokens are
 * presented at once, and its answers decide. Those authorised after `at`, by HighLevel's clock, have an install since then.
 */
export async function suspectLocations(
  tx: Transaction,
  { companyId, at, ...why }: { companyId: string; at: string | null } & Pick<WipeOptions, "cause" | "actor">,
): Promise<void> {
  const isMeant = tx`
    kind = 'location' AND company_id = ${companyId} AND coalesce(authorized_at <= ${at}::timestamptz, true)`;
  await wipe(tx, tx`${isMeant} AND problem_code = ANY(${REFUSED_CODES})`, why);
  await tx`
    UPDATE connections SET uninstall_suspected_at = now(), next_refresh_at = now()
    WHERE ${isMeant} AND refresh_token IS NOT NULL`;
}

type Wiped = { readonly kind: "location" | "company"; readonly companyId: string | null };

async function wipe(
  tx: Transaction,
  isMeant: Fragment,
  { cause, actor }: Pick<WipeOptions, "cause" | "actor">,
): Promise<Wiped[]> {
  return await tx<Wiped[]>`
    WITH wiped AS (
      UPDATE connections SET
        access_token = NULL, refresh_token = NULL, previous_refresh_token = NULL,
        access_token_expires_at = NULL, next_refresh_at = NULL, check_due_at = NULL,
        generation = generation + 1,
        -- Not the beginning of the transaction: what was granted while it waited for the row ends, too.
        wiped_at = clock_timestamp(),
        ${untroubled(tx)},
        ${undoubted(tx)},
        updated_at = now()
      WHERE ${isMeant} AND refresh_token IS NOT NULL
      RETURNING id, kind, company_id
    ), noted AS (
      ${insertEvents(tx)} SELECT id, 'disconnected', ${cause}, ${actor} FROM wiped
    )
    SELECT kind, company_id AS "companyId" FROM wiped`;
}

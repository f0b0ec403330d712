/** Stores an install: a new row, or new tokens in the row of the same location or company. */
import type { EncryptionKeys } from "../crypto/encryption_keys.ts";
import { seal } from "../crypto/seal.ts";
import type { Transaction } from "../db/connect_database.ts";
import type { Install } from "../highlevel/token_answer.ts";
import { listAtOnce } from "../agencies/listing_schedule.ts";
import { mintAnew } from "../agencies/mint_anew.ts";
import { appendEvent } from "./append_event.ts";
import { refreshAfterSeconds } from "./due_time.ts";
import { tokenContext } from "./token_context.ts";
import { undoubted, untroubled, unwished } from "./untroubled.ts";

/** Who or what brought the install; it stands in the history. */
export type InstallCause = "private_flow" | "marketplace_install";

/** In this time ten thousand locations are listed, with all the calls that HighLevel allows. */
const LISTED_SECONDS = 15;

export interface SaveInstallOptions {
  readonly install: Install;
  /** The client that got the tokens; only it can use them. */
  readonly clientId: string;
  readonly keys: EncryptionKeys;
  readonly cause: InstallCause;
}

/**
 * Inserts or replaces within the caller's transaction and returns the connection's id. The row is locked before the
 * tokens are sealed, because its id is part of what they are sealed with; `generation` goes up, so that a rotation
 * that is under way for the old tokens cannot overwrite the new ones.
 */
export async function saveInstall(
  tx: Transaction,
  { install, clientId, keys, cause }: SaveInstallOptions,
): Promise<string> {
  const { id, generation } = await lockRow(tx, install);
  await tx`
    UPDATE connections SET
      company_id = coalesce(${install.companyId}, company_id),
      user_id = coalesce(${install.userId}, user_id),
      client_id = ${clientId},
      scopes = ${install.scopes},
      access_token = ${seal(keys, install.accessToken, tokenContext(id, "access_token"))},
      refresh_token = ${seal(keys, install.refreshToken, tokenContext(id, "refresh_token"))},
      access_token_expires_at = now() + make_interval(secs => ${install.expiresIn}),
      previous_refresh_token = NULL,
      next_refresh_at = now() + make_interval(secs => ${refreshAfterSeconds(id, install.expiresIn)}),
      generation = generation + 1,
      last_refreshed_at = now(),
      authorized_at = ${install.authorizedAt ?? tx`now()`},
      ${undoubted(tx)},
      -- HighLevel says more about an install than its token answer does. An agency's locations come first.
      check_due_at = now() + make_interval(secs => ${install.kind === "company" ? LISTED_SECONDS : 0}),
      check_failures = 0,
      ${untroubled(tx)},
      updated_at = now()
    WHERE id = ${id}`;
  const event = generation === "0" ? "connected" : "reauthorized";
  await appendEvent(tx, { connectionId: id, event, cause, actor: install.userId ?? "unknown" });
  if (install.kind === "company") {
    await mintAnew(tx, id);
    await keepLocations(tx, id);
  }
  if (install.kind === "company" && install.companyId !== null) await listAtOnce(tx, install.companyId);
  return id;
}

/** Who connects an agency again takes back what was wished for its locations before. */
async function keepLocations(tx: Transaction, companyConnectionId: string): Promise<void> {
  await tx`
    UPDATE connections c SET ${unwished(tx)} FROM coverages v
    WHERE c.id = v.connection_id AND v.company_connection_id = ${companyConnectionId} AND v.installed
      AND c.removal_requested_at IS NOT NULL`;
}

async function lockRow(tx: Transaction, install: Install): Promise<{ id: string; generation: string }> {
  const { kind, locationId, companyId } = install;
  const conflict = kind === "location"
    ? tx`(location_id) WHERE kind = 'location'`
    : tx`(company_id) WHERE kind = 'company'`;
  const [row] = await tx<{ id: string; generation: string }[]>`
    INSERT INTO connections (id, kind, company_id, location_id)
    VALUES (gen_random_uuid(), ${kind}, ${companyId}, ${locationId})
    ON CONFLICT ${conflict} DO UPDATE SET updated_at = now()
    RETURNING id, generation`;
  if (row === undefined) throw new Error("Cannot store an install: the database returned no row");
  return row;
}

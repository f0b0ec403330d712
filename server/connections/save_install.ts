/** Stores an install: a new row, or new tokens in the row of the same location or company. */
import type { EncryptionKeys } from "../crypto/encryption_keys.ts";
import { seal } from "../crypto/seal.ts";
import type { Fragment, Queryable, Transaction } from "../db/connect_database.ts";
import type { ObtainedInstall } from "./obtain_install.ts";
import { listAtOnce } from "../agencies/listing_schedule.ts";
import { mintAnew } from "../agencies/mint_anew.ts";
import { appendEvent } from "./append_event.ts";
import { refreshAfterSeconds } from "./due_time.ts";
import { tokenContext } from "./token_context.ts";
import { untroubled, unwished } from "./untroubled.ts";

/** Who or what brought the install; it stands in the history. */
export type InstallCause = "private_flow" | "marketplace_install";

/** In this time ten thousand locations are listed, with all the calls that HighLevel allows. */
const LISTED_SECONDS = 15;

export interface SaveInstallOptions extends ObtainedInstall {
  /** The client that got the tokens; only it can use them. */
  readonly clientId: string;
  readonly keys: EncryptionKeys;
  readonly cause: InstallCause;
}

/**
 * Inserts or replaces within the caller's transaction and returns the connection's id. The row is locked before the
 * tokens are sealed, because its id is part of what they are sealed with; `generation` goes up, so that a rotation
 * that is under way for the old tokens cannot overwrite the new ones. Of two authorisations at a time the later one's tokens
 * stay, whichever answer comes first. An uninstall that HighLevel told of meanwhile may be of this very install: the refresh
 * token is presented at once, and its answer decides.
 */
export async function saveInstall(
  tx: Transaction,
  { install, beganAt, clientId, keys, cause }: SaveInstallOptions,
): Promise<string> {
  const { id, generation, isLate, isDoubted } = await lockRow(tx, { install, beganAt });
  if (isLate) return id;
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
      next_refresh_at = now() + make_interval(secs => ${
    isDoubted ? 0 : refreshAfterSeconds(id, install.expiresIn)
  }),
      generation = generation + 1,
      last_refreshed_at = now(),
      authorized_at = ${install.authorizedAt ?? tx`now()`},
      authorization_began_at = ${beganAt},
      authorization_stored_at = clock_timestamp(),
      uninstall_suspected_at = ${isDoubted ? tx`now()` : null},
      ${unwished(tx)},
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

interface LockedRow {
  readonly id: string;
  readonly generation: string;
  /** The row has the tokens of a later authorisation. */
  readonly isLate: boolean;
  /** It, or its agency, ended after the exchange was begun. */
  readonly isDoubted: boolean;
}

async function lockRow(
  tx: Transaction,
  { install, beganAt }: ObtainedInstall,
): Promise<LockedRow> {
  const { kind, locationId, companyId } = install;
  const conflict = kind === "location"
    ? tx`(location_id) WHERE kind = 'location'`
    : tx`(company_id) WHERE kind = 'company'`;
  const [row] = await tx<LockedRow[]>`
    INSERT INTO connections AS c (id, kind, company_id, location_id)
    VALUES (gen_random_uuid(), ${kind}, ${companyId}, ${locationId})
    ON CONFLICT ${conflict} DO UPDATE SET updated_at = now()
    RETURNING id, generation,
      refresh_token IS NOT NULL AND coalesce(authorization_stored_at > ${beganAt}, false)
        AND ${isOlder(tx, { install, beganAt })} AS "isLate",
      coalesce(greatest(uninstall_told_at, wiped_at) > ${beganAt}, false) OR EXISTS (
        SELECT FROM connections a
        WHERE a.kind = 'company' AND a.company_id = ${companyId}
          AND greatest(a.uninstall_told_at, a.wiped_at) > ${beganAt}
      ) AS "isDoubted"`;
  if (row === undefined) throw new Error("Cannot store an install: the database returned no row");
  return row;
}

/**
 * HighLevel's clock decides, to the second, and within one the exchange that was begun later. The very same exchange counts as
 * older, too: it was stored, and only the database's answer was lost.
 */
function isOlder(
  db: Queryable,
  { install: { authorizedAt }, beganAt }: ObtainedInstall,
): Fragment {
  const isBegunBefore = db`coalesce(authorization_began_at >= ${beganAt}, false)`;
  return authorizedAt === null ? isBegunBefore : db`
    CASE WHEN authorized_at = ${authorizedAt} THEN ${isBegunBefore} ELSE authorized_at > ${authorizedAt} END`;
}

/**
 * Commits the answer to a rotation by compare-and-set on the generation: whoever came in between has won. One statement,
 * so that it may be sent again when its own answer was lost.
 */
import { insertEvents } from "../connections/append_event.ts";
import { tokenContext } from "../connections/token_context.ts";
import type { EncryptionKeys } from "../crypto/encryption_keys.ts";
import { seal } from "../crypto/seal.ts";
import type { Database } from "../db/connect_database.ts";
import type { RenewedTokens } from "../highlevel/judge_refresh.ts";
import { refreshAfterSeconds } from "../connections/due_time.ts";

/** Why a rotation took place; it stands in the history. */
export type RotationCause = "schedule" | "request" | "recovery_journal";

/** The answer to one rotation, with all that is needed to store it later, or after a restart. */
export interface RotationAnswer {
  readonly connectionId: string;
  /** Of the row when the presented token was read from it. */
  readonly generation: string;
  readonly presentedToken: string;
  readonly tokens: RenewedTokens;
  /** When HighLevel answered, by the database's clock. */
  readonly obtainedAt: Date;
}

/** The same, sealed for its row: these very bytes are stored, so that they can be recognised. */
export interface SealedAnswer {
  readonly answer: RotationAnswer;
  readonly accessToken: Uint8Array;
  readonly refreshToken: Uint8Array;
  readonly previousRefreshToken: Uint8Array;
}

/** Seals the new tokens, and the one before them under its new place. */
export function sealAnswer(keys: EncryptionKeys, answer: RotationAnswer): SealedAnswer {
  const { connectionId, tokens, presentedToken } = answer;
  return {
    answer,
    accessToken: seal(keys, tokens.accessToken, tokenContext(connectionId, "access_token")),
    refreshToken: seal(keys, tokens.refreshToken, tokenContext(connectionId, "refresh_token")),
    previousRefreshToken: seal(keys, presentedToken, tokenContext(connectionId, "previous_refresh_token")),
  };
}

/**
 * - `superseded`: the row has newer tokens, or none any more; the answer is of no use then
 * - `unknown_row`: there is no such row, or it is in an older state than when the token was presented: this is another
 *   database, or one that was set back, and the answer may be all that is left
 */
export type StoreOutcome = "stored" | "superseded" | "unknown_row";

/**
 * Stores, unless the row has moved on. The lease does not matter: an answer that is late is still the only one there is
 * as long as nobody else has brought one. Throws when the database fails.
 */
export async function storeTokens(
  db: Database,
  { answer, accessToken, refreshToken, previousRefreshToken }: SealedAnswer,
  cause: RotationCause,
): Promise<StoreOutcome> {
  const { connectionId, generation, tokens, obtainedAt } = answer;
  const dueAfterSeconds = refreshAfterSeconds(connectionId, tokens.expiresIn);
  const stored = await db`
    WITH held AS (
      SELECT id, problem_code FROM connections
      WHERE id = ${connectionId} AND generation = ${generation} AND refresh_token IS NOT NULL
      FOR UPDATE
    ), changed AS (
      UPDATE connections c SET
        access_token = ${accessToken},
        refresh_token = ${refreshToken},
        previous_refresh_token = ${previousRefreshToken},
        access_token_expires_at = ${obtainedAt}::timestamptz + make_interval(secs => ${tokens.expiresIn}),
        next_refresh_at = ${obtainedAt}::timestamptz + make_interval(secs => ${dueAfterSeconds}),
        scopes = CASE WHEN cardinality(${tokens.scopes}::text[]) > 0 THEN ${tokens.scopes}::text[] ELSE c.scopes END,
        company_id = coalesce(c.company_id, ${tokens.companyId}),
        user_id = coalesce(${tokens.userId}, c.user_id),
        generation = c.generation + 1,
        last_refreshed_at = ${obtainedAt},
        updated_at = now(),
        lease_id = NULL, lease_expires_at = NULL, rotation_started_at = NULL,
        failures = 0, lone_refusals = 0, last_refused_at = NULL, problem_code = NULL, problem_since = NULL
      FROM held WHERE c.id = held.id
      RETURNING c.id, held.problem_code
    )
    ${insertEvents(db)}
    SELECT id, CASE WHEN problem_code IS NULL THEN 'renewed' ELSE 'recovered' END, ${cause}, 'relatch' FROM changed
    RETURNING connection_id`;
  if (stored.length > 0) return "stored";
  const [row] = await db<{ isOurs: boolean; isNewer: boolean }[]>`
    SELECT coalesce(refresh_token = ${refreshToken}, false) AS "isOurs", generation > ${generation} AS "isNewer"
    FROM connections WHERE id = ${connectionId}`;
  if (row?.isOurs) return "stored";
  return row?.isNewer ? "superseded" : "unknown_row";
}

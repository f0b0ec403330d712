/**
 * Commits the answer to a rotation by compare-and-set on the generation: whoever came in between has won. One statement,
 * so that it may be sent again when its own answer was lost.
 */
import { insertEvents } from "../connections/append_event.ts";
import { refreshAfterSeconds } from "../connections/due_time.ts";
import { tokenContext } from "../connections/token_context.ts";
import { untroubled } from "../connections/untroubled.ts";
import type { EncryptionKeys } from "../crypto/encryption_keys.ts";
import { seal } from "../crypto/seal.ts";
import { createBatches } from "../db/batches.ts";
import type { Database } from "../db/connect_database.ts";
import { askWithin } from "../db/database_unavailable.ts";
import type { RenewedTokens } from "../highlevel/judge_refresh.ts";
import { QUERY_MILLISECONDS } from "./rotation_times.ts";

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

/** An answer to store, and why the rotation took place. */
export interface StoreRequest {
  readonly sealed: SealedAnswer;
  readonly cause: RotationCause;
}

/** Rejects when the database fails; then it may be asked again. */
export type StoreTokens = (request: StoreRequest) => Promise<StoreOutcome>;

const LARGEST_BATCH = 16;

/** Answers that come at the same time are stored by one statement. */
export function createTokenStore(database: Database): StoreTokens {
  return createBatches({
    run: (requests: readonly StoreRequest[]) =>
      askWithin(database, (db) => storeTokens(db, requests), QUERY_MILLISECONDS),
    largest: LARGEST_BATCH,
    atOnce: 2,
  });
}

/**
 * Stores each answer, unless its row has moved on. The lease does not matter: an answer that is late is still the only
 * one there is as long as nobody else has brought one. Throws when the database fails.
 */
export async function storeTokens(
  db: Database,
  requests: readonly StoreRequest[],
): Promise<StoreOutcome[]> {
  const stored = new Set(await updateRows(db, requests));
  return await Promise.all(
    requests.map(({ sealed }) => stored.has(sealed.answer.connectionId) ? "stored" : readOutcome(db, sealed)),
  );
}

/** The ids of the connections that were changed. Rows are locked in the order of their ids: no two batches block each other. */
async function updateRows(db: Database, requests: readonly StoreRequest[]): Promise<string[]> {
  const column = (valueOf: (answer: RotationAnswer, request: StoreRequest) => string): string[] =>
    requests.map((request) => valueOf(request.sealed.answer, request));
  const changed = await db<{ id: string }[]>`
    WITH answers AS (
      SELECT * FROM unnest(
        ${column(({ connectionId }) => connectionId)}::uuid[],
        ${column(({ generation }) => generation)}::text[],
        ${column((_, { sealed }) => sealed.accessToken.toHex())}::text[],
        ${column((_, { sealed }) => sealed.refreshToken.toHex())}::text[],
        ${column((_, { sealed }) => sealed.previousRefreshToken.toHex())}::text[],
        ${column(({ obtainedAt }) => obtainedAt.toISOString())}::text[],
        ${column(({ tokens }) => String(tokens.expiresIn))}::text[],
        ${
    column(({ connectionId, tokens }) => String(refreshAfterSeconds(connectionId, tokens.expiresIn)))
  }::text[],
        ${column(({ tokens }) => tokens.scopes.join(" "))}::text[],
        ${column(({ tokens }) => tokens.companyId ?? "")}::text[],
        ${column(({ tokens }) => tokens.userId ?? "")}::text[],
        ${column((_, { cause }) => cause)}::text[]
      ) AS answers (
        id, generation, access_token, refresh_token, previous_refresh_token, obtained_at, expires_in, due_after, scopes,
        company_id, user_id, cause
      )
    ), held AS (
      SELECT answers.*, c.problem_code,
        -- What came up while this token was on its way is not answered by it.
        c.uninstall_suspected_at > coalesce(c.rotation_started_at, '-infinity') AS suspected
      FROM connections c
      JOIN answers ON answers.id = c.id AND answers.generation::bigint = c.generation
      WHERE c.refresh_token IS NOT NULL
      ORDER BY c.id FOR UPDATE OF c
    ), changed AS (
      UPDATE connections c SET
        access_token = decode(held.access_token, 'hex'),
        refresh_token = decode(held.refresh_token, 'hex'),
        previous_refresh_token = decode(held.previous_refresh_token, 'hex'),
        access_token_expires_at = held.obtained_at::timestamptz + make_interval(secs => held.expires_in::float8),
        next_refresh_at = CASE WHEN held.suspected THEN now()
          ELSE held.obtained_at::timestamptz + make_interval(secs => held.due_after::float8) END,
        uninstall_suspected_at = CASE WHEN held.suspected THEN c.uninstall_suspected_at END,
        scopes = CASE WHEN held.scopes = '' THEN c.scopes ELSE string_to_array(held.scopes, ' ') END,
        company_id = coalesce(nullif(held.company_id, ''), c.company_id),
        user_id = coalesce(nullif(held.user_id, ''), c.user_id),
        generation = c.generation + 1,
        last_refreshed_at = held.obtained_at::timestamptz,
        updated_at = now(),
        ${untroubled(db)}
      FROM held WHERE c.id = held.id
      RETURNING c.id, held.problem_code, held.cause
    ), noted AS (
      ${insertEvents(db)}
      SELECT id, CASE WHEN problem_code IS NULL THEN 'renewed' ELSE 'recovered' END, cause, 'relatch' FROM changed
    )
    SELECT id FROM changed`;
  return changed.map(({ id }) => id);
}

/** Why nothing was changed, unless it was: by this very statement, whose answer was lost on the way. */
async function readOutcome(
  db: Database,
  { answer: { connectionId, generation }, refreshToken }: SealedAnswer,
): Promise<StoreOutcome> {
  const [row] = await db<{ isOurs: boolean; isNewer: boolean }[]>`
    SELECT coalesce(refresh_token = ${refreshToken}, false) AS "isOurs", generation > ${generation} AS "isNewer"
    FROM connections WHERE id = ${connectionId}`;
  if (row?.isOurs) return "stored";
  return row?.isNewer ? "superseded" : "unknown_row";
}

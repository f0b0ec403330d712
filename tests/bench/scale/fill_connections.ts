/** A great many connections that nobody rotates, with tokens of the size of real ones. */
import { tokenContext } from "../../../server/connections/token_context.ts";
import { seal } from "../../../server/crypto/seal.ts";
import type { RelatchDatabase } from "../relatch_database.ts";
import type { BenchInstall } from "../simulator/bench_install.ts";

export interface FillOptions {
  readonly rows: number;
  /** Every so many rows one is due, so that those that are due lie scattered over the table. */
  readonly dueEvery: number;
  /** Its sealed tokens are the model. */
  readonly like: BenchInstall;
}

/** Rows of one statement. */
const AT_ONCE = 50_000;
/** Behind the head of a sealed value, which names the key. */
const DIFFERENT_FROM = 40;

/**
 * They are refreshed over the next 22 hours, and the due ones were within the last minutes. A row's tokens differ from
 * another's in 32 bytes, and like real ones they cannot be compressed.
 */
export async function fillConnections(
  { database, keys }: RelatchDatabase,
  { rows, dueEvery, like }: FillOptions,
): Promise<void> {
  const context = tokenContext(crypto.randomUUID(), "refresh_token");
  const access = seal(keys, like.access_token, context);
  const refresh = seal(keys, like.refresh_token, context);
  for (let first = 0; first < rows; first += AT_ONCE) {
    const last = Math.min(first + AT_ONCE, rows) - 1;
    await database`
      INSERT INTO connections (id, kind, location_id, location_name, company_id, user_id, scopes,
        access_token, refresh_token, previous_refresh_token, access_token_expires_at, next_refresh_at,
        last_refreshed_at, generation)
      SELECT gen_random_uuid(), 'location', 'fill' || lpad(number::text, 16, '0'), 'A location', ${like.companyId},
        ${like.userId}, ${like.scope.split(" ")},
        overlay(${access}::bytea PLACING sha256(number::text::bytea) FROM ${DIFFERENT_FROM}::int),
        overlay(${refresh}::bytea PLACING sha256(number::text::bytea) FROM ${DIFFERENT_FROM}::int),
        overlay(${refresh}::bytea PLACING sha256((-number)::text::bytea) FROM ${DIFFERENT_FROM}::int),
        now() + interval '24 hours',
        CASE WHEN number % ${dueEvery}::int = 0 THEN now() - random() * interval '5 minutes'
          ELSE now() + interval '30 minutes' + random() * interval '22 hours' END,
        now(), 1
      FROM generate_series(${first}::int, ${last}::int) AS number`;
  }
  await database`VACUUM ANALYZE connections`;
}

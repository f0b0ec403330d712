/** One short-lived connection, to look after the database itself. */
import postgres from "postgres";
import type { ConnectionOptions } from "./connection_options.ts";

/** Long for a database on the same machine; one that is silent for so long is stuck. */
const CONNECT_TIMEOUT_SECONDS = 5;

/** A connection that is closed where its block ends. */
export interface ShortConnection extends AsyncDisposable {
  readonly sql: postgres.Sql;
}

/** Connects when it is first used. */
export function connectionTo(options: ConnectionOptions): ShortConnection {
  const sql = postgres({
    ...options,
    max: 1,
    fetch_types: false,
    connect_timeout: CONNECT_TIMEOUT_SECONDS,
    onnotice: () => {},
  });
  return { sql, [Symbol.asyncDispose]: () => sql.end({ timeout: 1 }) };
}

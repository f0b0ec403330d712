/** The connection pool, and the one type by which the rest of the server knows the database. */
import postgres from "postgres";
import { ARRAY_TYPES } from "./array_types.ts";

/** A pool, or one transaction of it: a query reads the same in both. */
export type Database = postgres.Sql;
export type Transaction = postgres.TransactionSql;
export type Queryable = Database | Transaction;
/** A part of a statement. */
export type Fragment = postgres.PendingQuery<postgres.Row[]>;

/** Where the database is: an address from the settings, or what the embedded database says. */
export type DatabaseTarget = string | postgres.Options<Record<never, never>>;

const CONNECTIONS = 10;
const CONNECT_TIMEOUT_SECONDS = 5;
/** No query of ours takes long; one that does is stuck, and must not hold a person's request. */
const STATEMENT_TIMEOUT_MILLISECONDS = 10_000;
/** By default the waits between attempts to connect grow to 20 s, and go on after the database is back. */
const LONGEST_BACKOFF_SECONDS = 0.5;

export interface ConnectOptions {
  /** 0: a statement may take as long as it needs. */
  readonly statementTimeoutMilliseconds?: number;
}

/** A pool that connects when it is first used. Close it with {@linkcode closeDatabase}. */
export function connectDatabase(
  target: DatabaseTarget,
  { statementTimeoutMilliseconds = STATEMENT_TIMEOUT_MILLISECONDS }: ConnectOptions = {},
): Database {
  const options = {
    max: CONNECTIONS,
    connect_timeout: CONNECT_TIMEOUT_SECONDS,
    backoff: (attempt: number) => Math.min(0.05 * 2 ** attempt, LONGEST_BACKOFF_SECONDS),
    connection: { application_name: "relatch", statement_timeout: statementTimeoutMilliseconds },
    onnotice: () => {},
    fetch_types: false,
    types: ARRAY_TYPES,
  };
  return typeof target === "string" ? postgres(target, options) : postgres({ ...target, ...options });
}

/** Waits for running queries, at most `timeoutSeconds`: without a limit, a killed backend would hang this for ever. */
export async function closeDatabase(database: Database, timeoutSeconds = 5): Promise<void> {
  await database.end({ timeout: timeoutSeconds });
}

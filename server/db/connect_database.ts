/** The connection pool, and the one type by which the rest of the server knows the database. */
import postgres from "postgres";

/** A pool, or one transaction of it: a query reads the same in both. */
export type Database = postgres.Sql;
export type Transaction = postgres.TransactionSql;
export type Queryable = Database | Transaction;

/** Where the database is: an address from the settings, or what the embedded database says. */
export type DatabaseTarget = string | postgres.Options<Record<never, never>>;

const CONNECTIONS = 10;
const CONNECT_TIMEOUT_SECONDS = 5;
/** No query of ours takes long; one that does is stuck, and must not hold a person's request. */
const STATEMENT_TIMEOUT_MILLISECONDS = 10_000;

/** A pool that connects when it is first used. Close it with {@linkcode closeDatabase}. */
export function connectDatabase(target: DatabaseTarget): Database {
  const options = {
    max: CONNECTIONS,
    connect_timeout: CONNECT_TIMEOUT_SECONDS,
    connection: { application_name: "relatch", statement_timeout: STATEMENT_TIMEOUT_MILLISECONDS },
    onnotice: () => {},
  };
  return typeof target === "string" ? postgres(target, options) : postgres({ ...target, ...options });
}

/** Waits for running queries, at most `timeoutSeconds`: without a limit, a killed backend would hang this for ever. */
export async function closeDatabase(database: Database, timeoutSeconds = 5): Promise<void> {
  await database.end({ timeout: timeoutSeconds });
}

/** True when the database could not be reached or went away, as opposed to refusing what was asked. */
export function isDatabaseUnavailable(error: unknown): boolean {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") return false;
  // postgres.js's own codes, the system's, and PostgreSQL's classes 08 (connection), 57P (shutdown) and 53 (resources).
  return /^(CONNECT|CONNECTION_|E[A-Z]+$|08|57P|53)/.test(error.code);
}

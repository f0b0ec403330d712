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

/** What a pool is made of, behind the one function by which it is known. */
interface Connections {
  renew(): void;
  readonly createdAt: () => number;
  end(timeoutSeconds: number): Promise<void>;
}
const connectionsOf = new Map<Database, Connections>();

/** How long queries of a replaced pool may still take. */
const RETIRE_SECONDS = 5;
/** Replacing connections again and again would only add to the trouble of a database that is slow. */
const SHORTEST_LIFE_MILLISECONDS = 10_000;

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
  return renewable(() =>
    typeof target === "string" ? postgres(target, options) : postgres({ ...target, ...options })
  );
}

/**
 * Replaces all connections of a pool, at most every ten seconds. For connections that have fallen silent: nobody says
 * so, and postgres.js cannot drop a single one. Running queries get five seconds more, then they fail.
 */
export function renewConnections(database: Database): void {
  const connections = connectionsOf.get(database);
  if (connections === undefined) return;
  if (performance.now() - connections.createdAt() >= SHORTEST_LIFE_MILLISECONDS) connections.renew();
}

/** Replaces the connections of all pools at once, because nobody knows which of them cannot be used any more. */
export function renewAllConnections(): void {
  for (const connections of connectionsOf.values()) connections.renew();
}

/** Waits for running queries, at most `timeoutSeconds`: without a limit, a killed backend would hang this for ever. */
export async function closeDatabase(database: Database, timeoutSeconds = 5): Promise<void> {
  const connections = connectionsOf.get(database);
  connectionsOf.delete(database);
  await connections?.end(timeoutSeconds);
}

/** One function that stands for whatever pool there is. */
function renewable(create: () => Database): Database {
  let current = create();
  let createdAt = performance.now();
  const retired = new Set<Promise<void>>();
  const database = new Proxy(current, {
    apply: (_target, _this, parameters) => Reflect.apply(current, undefined, parameters),
    get: (_target, name) => Reflect.get(current, name),
  });
  connectionsOf.set(database, {
    createdAt: () => createdAt,
    renew() {
      const retiring = current.end({ timeout: RETIRE_SECONDS }).finally(() => retired.delete(retiring));
      retired.add(retiring);
      current = create();
      createdAt = performance.now();
    },
    async end(timeoutSeconds) {
      await Promise.all([current.end({ timeout: timeoutSeconds }), ...retired]);
    },
  });
  return database;
}

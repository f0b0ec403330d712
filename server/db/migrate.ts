/**
 * Brings the schema up to date from the SQL files in `migrations/`, in one transaction and under a lock. A file is the
 * body of a PL/pgSQL block: PERFORM instead of a bare SELECT, and nothing that refuses to run in a transaction.
 */
import { Kysely, sql } from "kysely";
import { PostgresJSDialect } from "kysely-postgres-js";
import { type Migration, Migrator } from "kysely/migration";
import type { Database } from "./connect_database.ts";

const MIGRATIONS = new URL("./migrations/", import.meta.url);

/**
 * Applies what is missing and returns the names that were applied now. Replicas that start together wait for each
 * other. Throws when a migration fails, or when the database is newer than this server; then nothing is changed.
 */
export async function migrate(database: Database): Promise<readonly string[]> {
  // The dialect is never destroyed: the pool belongs to the caller.
  const db = new Kysely({ dialect: new PostgresJSDialect({ postgres: withReserve(database) }) });
  const { error, results = [] } = await new Migrator({ db, provider: { getMigrations } }).migrateToLatest();
  if (error !== undefined) {
    const failed = results.find((result) => result.status === "Error")?.migrationName;
    throw new Error(`Cannot migrate the database${failed === undefined ? "" : ` with "${failed}"`}`, {
      cause: error,
    });
  }
  return results.map((result) => result.migrationName);
}

/** True when every migration that was there when this server started is applied. */
export async function isMigrated(database: Database): Promise<boolean> {
  const names = Object.keys(await getMigrations());
  const [row] = await database<{ applied: number }[]>`
    SELECT count(*)::int AS applied FROM kysely_migration WHERE name = ANY(${names})`;
  return row?.applied === names.length;
}

/**
 * A pool that does not ask for types reserves open connections only: the promise of one that has yet to connect is never
 * kept by postgres.js. A query opens one, and it is free when its answer comes.
 */
function withReserve(database: Database): Database {
  const reserve = async (): ReturnType<Database["reserve"]> => {
    await database`SELECT 1`;
    return await database.reserve();
  };
  return new Proxy(database, {
    get: (target, name) => name === "reserve" ? reserve : Reflect.get(target, name),
  });
}

let reading: Promise<Record<string, Migration>> | undefined;

/** Read once: files that come with a newer version say nothing about the server that still runs. */
function getMigrations(): Promise<Record<string, Migration>> {
  return reading ??= readMigrations();
}

async function readMigrations(): Promise<Record<string, Migration>> {
  const migrations: Record<string, Migration> = {};
  for await (const { name } of Deno.readDir(MIGRATIONS)) {
    if (!name.endsWith(".sql")) continue;
    const text = await Deno.readTextFile(new URL(name, MIGRATIONS));
    migrations[name.slice(0, -".sql".length)] = {
      up: async (db) => {
        // The driver prepares every query, which allows one statement; a block of them is one.
        await sql.raw(`DO $migration$ BEGIN\n${text}\nEND $migration$`).execute(db);
      },
    };
  }
  return migrations;
}

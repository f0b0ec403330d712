/**
 * Brings the schema up to date from the SQL files in `migrations/`, in one transaction and under a lock. A file is the
 * body of a PL/pgSQL block: PERFORM instead of a bare SELECT, and nothing that refuses to run in a transaction.
 */
import { Kysely, sql } from "kysely";
import { PostgresJSDialect } from "kysely-postgres-js";
import { type Migration, Migrator } from "kysely/migration";
import type { Database } from "./connect_database.ts";
import { withinDeadline } from "./database_unavailable.ts";

/** Longer than a migration of a large table takes; a connection that dies in the middle tells nobody. */
const MIGRATE_MILLISECONDS = 30 * 60_000;
const RESERVE_MILLISECONDS = 5000;
const QUESTION_MILLISECONDS = 15_000;
const MIGRATIONS = new URL("./migrations/", import.meta.url);

/**
 * Applies what is missing and returns the names that were applied now. Replicas that start together wait for each
 * other. Throws when a migration fails, or when the database is newer than this server; then nothing is changed.
 */
export async function migrate(database: Database): Promise<readonly string[]> {
  // The common start needs no lock, and no connection for itself alone.
  if (await withinDeadline(isUpToDate(database), QUESTION_MILLISECONDS)) return [];
  // The dialect is never destroyed: the pool belongs to the caller.
  const db = new Kysely({ dialect: new PostgresJSDialect({ postgres: withReserve(database) }) });
  const migrator = new Migrator({ db, provider: { getMigrations } });
  const { error, results = [] } = await withinDeadline(migrator.migrateToLatest(), MIGRATE_MILLISECONDS);
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
  const applied = new Set(await readAppliedNames(database));
  return Object.keys(await getMigrations()).every((name) => applied.has(name));
}

/** True when exactly the migrations of this server are applied: not fewer, and not those of a newer one. */
async function isUpToDate(database: Database): Promise<boolean> {
  const [table] = await database<{ exists: boolean }[]>`
    SELECT to_regclass('kysely_migration') IS NOT NULL AS exists`;
  if (!table?.exists) return false;
  const applied = new Set(await readAppliedNames(database));
  return applied.symmetricDifference(new Set(Object.keys(await getMigrations()))).size === 0;
}

async function readAppliedNames(database: Database): Promise<string[]> {
  const rows = await database<{ name: string }[]>`SELECT name FROM kysely_migration`;
  return rows.map(({ name }) => name);
}

/**
 * A pool that does not ask for types reserves open connections only: the promise of one that has yet to connect is never
 * kept by postgres.js. A query opens one, and it is free when its answer comes, unless the database is gone by then.
 */
function withReserve(database: Database): Database {
  const reserve = async (): ReturnType<Database["reserve"]> => {
    await database`SELECT 1`;
    return await withinDeadline(database.reserve(), RESERVE_MILLISECONDS);
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

/** The first question to a database: is it there, and is it recent enough? */
import type { Database } from "./connect_database.ts";

const OLDEST_SUPPORTED = 14;

/** Throws when the database cannot be reached, or is older than PostgreSQL 14. Needs no schema. */
export async function checkVersion(database: Database): Promise<void> {
  const version = await readVersion(database);
  if (version < OLDEST_SUPPORTED) {
    throw new Error(`Cannot use PostgreSQL ${version}: expected ${OLDEST_SUPPORTED} or later`);
  }
}

async function readVersion(database: Database): Promise<number> {
  try {
    const [row] = await database<{ version: number }[]>`
      SELECT current_setting('server_version_num')::int / 10000 AS version`;
    return row?.version ?? 0;
  } catch (cause) {
    throw new Error("Cannot use the database", { cause });
  }
}

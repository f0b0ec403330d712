/** The database's clock, by which answers of HighLevel are put in order, whichever process asked. */
import type { Database } from "./connect_database.ts";
import { askWithin } from "./database_unavailable.ts";

const QUERY_MILLISECONDS = 5000;

/** Now, to the millisecond. Throws when the database fails. */
export async function databaseTime(database: Database): Promise<Date> {
  return await askWithin(database, readDatabaseTime, QUERY_MILLISECONDS);
}

/** The same without a deadline of its own. */
export async function readDatabaseTime(db: Database): Promise<Date> {
  const [row] = await db<{ now: Date }[]>`SELECT date_trunc('milliseconds', clock_timestamp()) AS now`;
  if (row === undefined) throw new Error("Cannot read the database's clock: it returned no row");
  return row.now;
}

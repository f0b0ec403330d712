/** The table of the naive loop: the tokens as they are, and when they are due. */
import type { Database } from "../../../server/db/connect_database.ts";
import type { BenchInstall } from "../simulator/bench_install.ts";
import { WIDTH } from "./rotation_run.ts";

const AT_ONCE = 500;

export async function createNaiveTable(db: Database, installs: readonly BenchInstall[]): Promise<void> {
  await db`
    CREATE TABLE naive_connections (
      id text PRIMARY KEY,
      lane integer NOT NULL,
      access_token text NOT NULL,
      refresh_token text NOT NULL,
      expires_at timestamptz NOT NULL,
      next_refresh_at timestamptz NOT NULL
    )`;
  await db`CREATE INDEX ON naive_connections (lane, next_refresh_at)`;
  const rows = installs.map((install, index) => ({
    id: install.locationId,
    lane: index % WIDTH,
    access_token: install.access_token,
    refresh_token: install.refresh_token,
    expires_at: new Date(),
    next_refresh_at: new Date(),
  }));
  for (let first = 0; first < rows.length; first += AT_ONCE) {
    await db`INSERT INTO naive_connections ${db(rows.slice(first, first + AT_ONCE))}`;
  }
}

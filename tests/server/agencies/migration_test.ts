/** The migration that brings agencies, on a database that a server without them has worked with. */
import assert from "node:assert/strict";
import { claimListings } from "../../../server/agencies/listing_schedule.ts";
import { closeDatabase, connectDatabase, type Database } from "../../../server/db/connect_database.ts";
import { migrate } from "../../../server/db/migrate.ts";
import { testPostgresForFile } from "../../support/test_postgres.ts";

Deno.test.sanitizer({ ops: true, resources: true });
const postgres = testPostgresForFile();

const BEFORE = ["0001_connections", "0002_rotation", "0003_api_keys"];
const TOKEN = new Uint8Array([1, 2, 3]);

/** A database as the version before left it, with what `fill` puts into it, and then migrated. */
async function withMigrated(
  { fill, look }: { fill: (db: Database) => Promise<void>; look: (db: Database) => Promise<void> },
): Promise<void> {
  const { options, drop } = await postgres.createDatabase();
  const database = connectDatabase(options);
  try {
    await database`
      CREATE TABLE kysely_migration (name varchar(255) PRIMARY KEY, timestamp varchar(255) NOT NULL)`;
    for (const name of BEFORE) {
      const text = await Deno.readTextFile(
        new URL(`../../../server/db/migrations/${name}.sql`, import.meta.url),
      );
      await database.unsafe(`DO $migration$ BEGIN\n${text}\nEND $migration$`);
      await database`INSERT INTO kysely_migration VALUES (${name}, now()::text)`;
    }
    await fill(database);
    assert.deepEqual(await migrate(database), [
      "0004_agencies",
      "0005_session_users",
      "0006_removals",
      "0007_order_of_news",
    ]);
    await look(database);
  } finally {
    await closeDatabase(database);
    await drop();
  }
}

async function insertInstall(
  db: Database,
  { kind, companyId, locationId = null, token }: {
    kind: "location" | "company";
    companyId: string;
    locationId?: string | null;
    token: Uint8Array | null;
  },
): Promise<void> {
  await db`
    INSERT INTO connections (id, kind, company_id, location_id, location_name, access_token, refresh_token, generation)
    VALUES (gen_random_uuid(), ${kind}, ${companyId}, ${locationId}, 'Some name', ${token}, ${token}, 3)`;
}

Deno.test("agencies that were connected before are listed at once, and those that were wiped are not", async () => {
  await withMigrated({
    async fill(db) {
      await insertInstall(db, { kind: "company", companyId: "CompanyConnected0001", token: TOKEN });
      await insertInstall(db, { kind: "company", companyId: "CompanyWiped00000001", token: null });
      await insertInstall(db, {
        kind: "location",
        companyId: "CompanyOfLocation001",
        locationId: "LocationDirect000001",
        token: TOKEN,
      });
    },
    async look(db) {
      const listings = await claimListings(db, { limit: 10 });
      assert.deepEqual(listings.map(({ agency }) => agency.companyId), ["CompanyConnected0001"]);
      const agencies = await db`SELECT company_id AS id FROM agencies`;
      assert.deepEqual([...agencies], [{ id: "CompanyConnected0001" }]);
    },
  });
});

Deno.test("connections from before keep everything, and nothing about them is in doubt", async () => {
  let before: readonly unknown[] = [];
  await withMigrated({
    async fill(db) {
      await insertInstall(db, {
        kind: "location",
        companyId: "CompanyOfLocation001",
        locationId: "LocationDirect000001",
        token: TOKEN,
      });
      before = [...await db`SELECT * FROM connections`];
    },
    async look(db) {
      const [row] = await db`SELECT * FROM connections`;
      assert.ok(row !== undefined);
      const news = Object.keys(row).filter((name) => !(name in Object(before[0])));
      assert.ok(news.includes("uninstall_suspected_at") && news.includes("removal_due_at"));
      for (const name of news) assert.ok([null, 0, false].includes(row[name]), name);
      const old = Object.entries(row).filter(([name]) => !news.includes(name));
      assert.deepEqual([Object.fromEntries(old)], before);
    },
  });
});

Deno.test("a database without any install migrates as well", async () => {
  await withMigrated({
    fill: () => Promise.resolve(),
    async look(db) {
      for (const table of ["agencies", "coverages", "webhook_inbox"]) {
        assert.deepEqual([...await db`SELECT * FROM ${db(table)}`], [], table);
      }
    },
  });
});

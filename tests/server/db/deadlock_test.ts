import assert from "node:assert/strict";
import { closeDatabase, connectDatabase, type Database } from "../../../server/db/connect_database.ts";
import { askWithin } from "../../../server/db/database_unavailable.ts";
import { testPostgresForFile } from "../../support/test_postgres.ts";

const postgres = testPostgresForFile();

Deno.test("askWithin() begins a transaction again that the database ended for a deadlock", async () => {
  const { options, drop } = await postgres.createDatabase();
  const db = connectDatabase(options);
  try {
    await db`CREATE TABLE seats (id int PRIMARY KEY, taken int NOT NULL DEFAULT 0)`;
    await db`INSERT INTO seats VALUES (1), (2)`;
    const bothHaveOne = Promise.withResolvers<void>();
    let begun = 0;
    const take = (first: number, second: number) => (connection: Database) =>
      connection.begin(async (tx) => {
        await tx`UPDATE seats SET taken = taken + 1 WHERE id = ${first}`;
        if (++begun === 2) bothHaveOne.resolve();
        await bothHaveOne.promise;
        await tx`UPDATE seats SET taken = taken + 1 WHERE id = ${second}`;
      });
    await Promise.all([askWithin(db, take(1, 2), 10_000), askWithin(db, take(2, 1), 10_000)]);
    assert.equal(begun, 3);
    assert.deepEqual([...await db`SELECT taken FROM seats`], [{ taken: 2 }, { taken: 2 }]);
  } finally {
    await closeDatabase(db);
    await drop();
  }
});

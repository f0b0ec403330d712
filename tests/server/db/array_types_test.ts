import assert from "node:assert/strict";
import { closeDatabase, connectDatabase } from "../../../server/db/connect_database.ts";
import { testPostgresForFile } from "../../support/test_postgres.ts";

const postgres = testPostgresForFile();

const TEXTS = [[], ["contacts.readonly"], ["", "a b", "a,b", "{}", '"', "\\", "NULL", "null", "é\n\t"]];

Deno.test("connectDatabase() writes and reads arrays of text, whatever they hold", async () => {
  const { options, drop } = await postgres.createDatabase();
  const database = connectDatabase(options);
  try {
    for (const texts of TEXTS) {
      const [row] = await database<{ read: string[]; length: number }[]>`
        SELECT ${texts}::text[] AS read, cardinality(${texts}::text[]) AS length`;
      assert.deepEqual({ ...row }, { read: texts, length: texts.length });
    }
  } finally {
    await closeDatabase(database);
    await drop();
  }
});

Deno.test("connectDatabase() finds rows by an array of ids", async () => {
  const { options, drop } = await postgres.createDatabase();
  const database = connectDatabase(options);
  try {
    const ids = [crypto.randomUUID(), crypto.randomUUID()];
    await database`CREATE TABLE things (id uuid)`;
    for (const id of ids) await database`INSERT INTO things VALUES (${id})`;
    const found = await database`SELECT id FROM things WHERE id = ANY(${ids})`;
    assert.equal(found.length, 2);
  } finally {
    await closeDatabase(database);
    await drop();
  }
});

/** Takes connections in as PostgreSQL does, breaks them at their first statement, and is not there any more. */
function listenOnceAsPostgres(): { port: number; ended: Promise<void> } {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const [authenticationOk, readyForQuery] = [[0x52, 0, 0, 0, 8, 0, 0, 0, 0], [0x5a, 0, 0, 0, 5, 0x49]];
  const ended = (async () => {
    using connection = await listener.accept();
    listener.close();
    const buffer = new Uint8Array(4096);
    await connection.read(buffer);
    await connection.write(Uint8Array.from([...authenticationOk, ...readyForQuery]));
    await connection.read(buffer);
  })();
  return { port: listener.addr.port, ended };
}

Deno.test("connectDatabase() leaves no rejection behind when the database goes away as it connects", async () => {
  const { port, ended } = listenOnceAsPostgres();
  const database = connectDatabase(`postgres://relatch@127.0.0.1:${port}/relatch`);
  await assert.rejects(async () => await database`SELECT 1`);
  await ended;
  await closeDatabase(database, 0);
});

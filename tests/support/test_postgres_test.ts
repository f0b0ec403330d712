import assert from "node:assert/strict";
import postgres from "postgres";
import { connectionTo } from "../../server/db/embedded/connect_once.ts";
import { startTestPostgres } from "./test_postgres.ts";

Deno.test.sanitizer({ ops: true, resources: true });

Deno.test("startTestPostgres() gives databases that do not see each other, by options and by address", {
  sanitizeOps: true,
  sanitizeResources: true,
}, async () => {
  await using cluster = await startTestPostgres();
  const [first, second] = [await cluster.createDatabase(), await cluster.createDatabase()];
  await using one = connectionTo(first.options);
  await one.sql`create table secret (word text)`;
  const other = postgres(second.url, { max: 1 });
  assert.equal((await other`select to_regclass('secret') as found`)[0]?.found, null);
  await second.drop();
  await assert.rejects(other`select 1`.execute());
  await other.end({ timeout: 1 });
});

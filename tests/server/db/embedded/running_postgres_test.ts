import assert from "node:assert/strict";
import { connectionTo } from "../../../../server/db/embedded/connect_once.ts";
import { startEmbeddedPostgres } from "../../../../server/db/embedded/embedded_postgres.ts";
import { prepareRuntime } from "../../../../server/db/embedded/prepare_runtime.ts";
import { findRunningPostgres } from "../../../../server/db/embedded/running_postgres.ts";
import { runtimeDirectory } from "../../../../server/db/embedded/runtime_directory.ts";
import { makeReachableFolder } from "../../../support/reachable_folder.ts";

Deno.test.sanitizer({ ops: true, resources: true });

Deno.test.beforeAll(async () => void await prepareRuntime(await runtimeDirectory()));

Deno.test("findRunningPostgres() leads to the database of a data folder while it runs, on socket and loopback", async () => {
  await using folder = await makeReachableFolder();
  assert.equal(await findRunningPostgres(folder.path), undefined);
  for (const loopback of [false, true]) {
    const embedded = await startEmbeddedPostgres({ dataDirectory: folder.path, durable: false, loopback });
    try {
      const found = await findRunningPostgres(folder.path);
      assert.deepEqual(found, embedded.options);
      await using connection = connectionTo(found);
      assert.equal((await connection.sql`SELECT current_database() AS name`)[0]?.name, "relatch");
    } finally {
      await embedded.stop();
    }
    assert.equal(await findRunningPostgres(folder.path), undefined);
  }
});

Deno.test("findRunningPostgres() is not led to the original's database by the note in a copied folder", async () => {
  await using original = await makeReachableFolder();
  await using copy = await makeReachableFolder();
  const embedded = await startEmbeddedPostgres({ dataDirectory: original.path, durable: false });
  try {
    await Deno.mkdir(`${copy.path}/postgres`);
    await Deno.copyFile(`${original.path}/postgres/postmaster.pid`, `${copy.path}/postgres/postmaster.pid`);
    assert.equal(await findRunningPostgres(copy.path), undefined);
    assert.deepEqual(await findRunningPostgres(original.path), embedded.options);
  } finally {
    await embedded.stop();
  }
});

import assert from "node:assert/strict";
import { join } from "node:path";
import { loopbackOptions } from "../../../../server/db/embedded/connection_options.ts";
import { createCluster } from "../../../../server/db/embedded/create_cluster.ts";
import { databaseAccount } from "../../../../server/db/embedded/database_account.ts";
import { prepareRuntime } from "../../../../server/db/embedded/prepare_runtime.ts";
import { findDatabasePrograms, runtimeDirectory } from "../../../../server/db/embedded/runtime_directory.ts";
import { startPostmaster } from "../../../../server/db/embedded/start_postmaster.ts";
import { makeReachableFolder } from "../../../support/reachable_folder.ts";

Deno.test("startPostmaster() tells a port that was taken in between from a broken cluster", {
  sanitizeOps: true,
  sanitizeResources: true,
}, async () => {
  await prepareRuntime(await runtimeDirectory());
  await using folder = await makeReachableFolder();
  const path = join(folder.path, "postgres");
  const [programs, account] = [await findDatabasePrograms(), await databaseAccount(path)];
  const cluster = { path, dataDirectory: folder.path, programs, account };
  await createCluster(cluster, false);
  const options = await loopbackOptions(cluster);
  using _taken = Deno.listen({ hostname: options.host, port: options.port });
  const outcome = await startPostmaster(cluster, { options, durable: false, stalePid: undefined });
  assert.equal(outcome.state, "occupied");
  assert.match(outcome.detail, /could not bind IPv4 address/);
});

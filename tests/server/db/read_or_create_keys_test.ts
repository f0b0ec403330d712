import assert from "node:assert/strict";
import { readOrCreateKeys } from "../../../server/db/read_or_create_keys.ts";

Deno.test.sanitizer({ ops: true, resources: true });

Deno.test("readOrCreateKeys() makes one key, readable by its owner only, and finds it again", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const created = await readOrCreateKeys(folder, []);
    assert.deepEqual(await readOrCreateKeys(folder, []), created);
    const files = await Array.fromAsync(Deno.readDir(folder));
    assert.deepEqual(files.map(({ name }) => name), ["token-encryption-keys"]);
    const { mode } = await Deno.stat(`${folder}/token-encryption-keys`);
    if (Deno.build.os !== "windows") assert.equal((mode ?? 0) & 0o777, 0o600);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("readOrCreateKeys() refuses a damaged file and leaves it as it is", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/token-encryption-keys`, "k1:damaged");
    await assert.rejects(readOrCreateKeys(folder, []), /Cannot use the keys in ".*token-encryption-keys"/);
    assert.equal(await Deno.readTextFile(`${folder}/token-encryption-keys`), "k1:damaged");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("readOrCreateKeys() makes no key for a database that was sealed with one, and names it", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await assert.rejects(
      readOrCreateKeys(folder, ["k1"]),
      /Cannot find ".*token-encryption-keys".*key "k1"; restore/,
    );
    assert.deepEqual(await Array.fromAsync(Deno.readDir(folder)), []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

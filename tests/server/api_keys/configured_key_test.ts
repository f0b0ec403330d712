import assert from "node:assert/strict";
import { findConfiguredKey } from "../../../server/api_keys/configured_key.ts";
import { digestOf } from "../../../server/crypto/opaque_token.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const KEYS = ["first", "second", "third"].map((name) => ({ name, digest: digestOf(`key of ${name}`) }));

Deno.test("findConfiguredKey() finds the key of a digest, wherever it stands", () => {
  for (const { name } of KEYS) {
    assert.equal(findConfiguredKey(KEYS, digestOf(`key of ${name}`))?.name, name);
  }
});

Deno.test("findConfiguredKey() finds nothing for another digest, another length, and among no keys", () => {
  assert.equal(findConfiguredKey(KEYS, digestOf("another")), undefined);
  assert.equal(findConfiguredKey(KEYS, new Uint8Array()), undefined);
  assert.equal(findConfiguredKey(KEYS, digestOf("key of first").subarray(0, 31)), undefined);
  assert.equal(findConfiguredKey([], digestOf("key of first")), undefined);
});

Deno.test("findConfiguredKey() looks at every key, also after the one that fits", () => {
  const looked: string[] = [];
  const watched = KEYS.map(({ name, digest }) => ({
    name,
    get digest() {
      looked.push(name);
      return digest;
    },
  }));
  for (const text of ["key of first", "key of third", "another"]) {
    looked.length = 0;
    findConfiguredKey(watched, digestOf(text));
    assert.deepEqual(looked, ["first", "second", "third"], text);
  }
});

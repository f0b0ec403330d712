import assert from "node:assert/strict";
import * as v from "valibot";
import {
  createEncryptionKeyText,
  type EncryptionKeys,
  EncryptionKeysText,
} from "../../../server/crypto/encryption_keys.ts";
import { open, seal, SealError } from "../../../server/crypto/seal.ts";

Deno.test.sanitizer({ ops: true, resources: true });

function keysFrom(text: string): EncryptionKeys {
  return v.parse(EncryptionKeysText, text);
}

const KEYS = keysFrom(createEncryptionKeyText("k1"));
const CONTEXT = "connections/0190/access_token";

Deno.test("open() returns what seal() was given, whatever characters it has", () => {
  for (const text of ["", "token", "ключ 🔑 \u0000", "x".repeat(10_000)]) {
    assert.equal(open(KEYS, seal(KEYS, text, CONTEXT), CONTEXT), text);
  }
});

Deno.test("seal() uses a fresh nonce, so equal texts do not look equal", () => {
  assert.notDeepEqual(seal(KEYS, "token", CONTEXT), seal(KEYS, "token", CONTEXT));
});

Deno.test("seal() does not show the text in the sealed bytes", () => {
  assert.ok(
    !new TextDecoder("latin1").decode(seal(KEYS, "a-secret-token", CONTEXT)).includes("a-secret-token"),
  );
});

Deno.test("open() refuses a value that was moved to another row or column, and names the key", () => {
  const sealed = seal(KEYS, "token", CONTEXT);
  for (const context of ["connections/0191/access_token", "connections/0190/refresh_token", ""]) {
    assert.throws(
      () => open(KEYS, sealed, context),
      (error) => error instanceof SealError && error.keyId === "k1",
    );
  }
});

Deno.test("open() refuses a value of which any byte was changed", () => {
  const sealed = seal(KEYS, "token", CONTEXT);
  for (let index = 0; index < sealed.length; index++) {
    const changed = sealed.slice();
    changed[index] = (changed[index] ?? 0) ^ 1;
    assert.throws(() => open(KEYS, changed, CONTEXT), SealError, `byte ${index}`);
  }
});

Deno.test("open() refuses a value that was cut", () => {
  const sealed = seal(KEYS, "token", CONTEXT);
  for (let length = 0; length < sealed.length; length++) {
    assert.throws(() => open(KEYS, sealed.slice(0, length), CONTEXT), SealError, `length ${length}`);
  }
});

Deno.test("open() with a key that is not configured names its id and says where keys are set", () => {
  const sealed = seal(KEYS, "token", CONTEXT);
  const others = keysFrom(createEncryptionKeyText("k2"));
  assert.throws(() => open(others, sealed, CONTEXT), /key "k1".*TOKEN_ENCRYPTION_KEYS/);
});

Deno.test("open() with another key under the same id names the id", () => {
  const sealed = seal(KEYS, "token", CONTEXT);
  assert.throws(() => open(keysFrom(createEncryptionKeyText("k1")), sealed, CONTEXT), /key "k1"/);
});

Deno.test("seal() uses the first key, open() finds any", () => {
  const [old] = KEYS;
  const [fresh] = keysFrom(createEncryptionKeyText("k2"));
  const sealedWithOld = seal(KEYS, "token", CONTEXT);
  const rotated: EncryptionKeys = [fresh, old];
  assert.equal(open(rotated, sealedWithOld, CONTEXT), "token");
  assert.equal(open([fresh], seal(rotated, "token", CONTEXT), CONTEXT), "token");
});

Deno.test("EncryptionKeysText reads several keys in their order", () => {
  const text = `${createEncryptionKeyText("new")}, ${createEncryptionKeyText("old")}`;
  assert.deepEqual(keysFrom(text).map((key) => [key.id, key.bytes.length]), [["new", 32], ["old", 32]]);
});

Deno.test("EncryptionKeysText refuses malformed keys without quoting them", () => {
  const key = createEncryptionKeyText("k1");
  for (const text of ["", "k1", "k1:", "k1:c2hvcnQ=", `${key},${key}`, `bad id:${key.slice(3)}`, `${key},`]) {
    const parsed = v.safeParse(EncryptionKeysText, text);
    assert.equal(parsed.success, false, text);
    assert.ok(!parsed.issues?.[0]?.message.includes(key.slice(3)));
  }
});

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import * as v from "valibot";
import { OpaqueToken } from "#shared/session.ts";
import { createKey, parseKeyId } from "../../../server/api_keys/key_text.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const ID = "0123456789abcdef";
const SECRET = "a-_Z".repeat(11).slice(1);

Deno.test("createKey() makes a key that names its id, with the SHA-256 digest of the whole text", () => {
  const { id, text, digest } = createKey();
  assert.match(text, /^relatch_[0-9a-f]{16}_[A-Za-z0-9_-]{43}$/);
  assert.equal(parseKeyId(text), id);
  assert.equal(digest.toHex(), createHash("sha256").update(text).digest("hex"));
});

Deno.test("createKey() makes no two keys that share an id or a secret", () => {
  const texts = Array.from({ length: 100 }, () => createKey().text);
  assert.equal(new Set(texts.map((text) => text.slice(0, 25))).size, 100);
  assert.equal(new Set(texts.map((text) => text.slice(25))).size, 100);
});

Deno.test("a key is no session token", () => {
  assert.ok(!v.is(OpaqueToken, createKey().text));
});

Deno.test("parseKeyId() finds the id in front of a secret with underscores", () => {
  assert.equal(parseKeyId(`relatch_${ID}_${"_".repeat(43)}`), ID);
});

Deno.test("parseKeyId() refuses text of another form", () => {
  const refused = [
    "",
    "relatch_",
    SECRET,
    `relatch_${ID}`,
    `relatch_${ID}_`,
    `relatch_${ID}_${SECRET}x`,
    `relatch_${ID}_${SECRET.slice(1)}`,
    `relatch_${ID}_${SECRET.slice(1)}=`,
    `relatch_${ID}_${SECRET.slice(1)}ü`,
    `relatch_${ID.toUpperCase()}_${SECRET}`,
    `relatch_${ID}0_${SECRET}`,
    `relatch_' OR 1=1 --_${SECRET}`,
    `Relatch_${ID}_${SECRET}`,
    ` relatch_${ID}_${SECRET}`,
    `relatch_${ID}_${SECRET}\n`,
    `${"relatch_".repeat(10_000)}${ID}_${SECRET}`,
  ];
  for (const text of refused) assert.equal(parseKeyId(text), undefined, text.slice(0, 80));
  assert.equal(parseKeyId(`relatch_${ID}_${SECRET}`), ID);
});

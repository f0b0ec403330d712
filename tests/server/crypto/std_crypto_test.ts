import assert from "node:assert/strict";
import { crypto, timingSafeEqual } from "@std/crypto";
import { createOpaqueToken, digestOf } from "../../../server/crypto/opaque_token.ts";

Deno.test.sanitizer({ ops: true, resources: true });

Deno.test("timingSafeEqual() compares the bytes of views, buffers and parts of buffers", () => {
  const bytes = Uint8Array.of(0, 1, 2, 3, 4);
  assert.ok(timingSafeEqual(bytes.subarray(1, 3), Uint8Array.of(1, 2)));
  assert.ok(timingSafeEqual(bytes.buffer, new DataView(bytes.slice().buffer)));
  assert.ok(!timingSafeEqual(bytes, Uint8Array.of(0, 1, 2, 3, 5)));
});

Deno.test("timingSafeEqual() calls other lengths unequal instead of throwing", () => {
  assert.ok(!timingSafeEqual(Uint8Array.of(1), Uint8Array.of(1, 1)));
  assert.ok(timingSafeEqual(new Uint8Array(), new Uint8Array()));
});

Deno.test("crypto is Web Crypto", () => assert.equal(crypto, globalThis.crypto));

Deno.test("createOpaqueToken() gives 256 bits as 43 base64url characters, never twice the same", () => {
  const tokens = new Set(Array.from({ length: 1000 }, createOpaqueToken));
  assert.equal(tokens.size, 1000);
  for (const token of tokens) assert.match(token, /^[A-Za-z0-9_-]{43}$/);
});

Deno.test("digestOf() is SHA-256", async () => {
  const expected = await crypto.subtle.digest("SHA-256", new TextEncoder().encode("token"));
  assert.deepEqual(digestOf("token"), new Uint8Array(expected));
});

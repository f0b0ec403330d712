import { parseServerAddress } from "../../extension/src/server_address.ts";
import assert from "node:assert/strict";

Deno.test("parseServerAddress() accepts https anywhere and http on this machine, without the last slash", () => {
  const accepted: [string, string][] = [
    ["https://relatch.example.com", "https://relatch.example.com"],
    [" https://relatch.example.com/ ", "https://relatch.example.com"],
    ["HTTPS://Relatch.Example.com:8443", "https://relatch.example.com:8443"],
    ["https://example.com/relatch/", "https://example.com/relatch"],
    ["http://localhost:8787", "http://localhost:8787"],
    ["http://127.0.0.1:8787/", "http://127.0.0.1:8787"],
    ["http://[::1]:8787", "http://[::1]:8787"],
  ];
  for (const [text, server] of accepted) {
    assert.deepEqual(parseServerAddress(text), { ok: true, server }, text);
  }
});

Deno.test("parseServerAddress() says why it refuses", () => {
  const refused: [string, string][] = [
    ["", "not_a_url"],
    ["relatch.example.com", "not_a_url"],
    ["localhost:8787", "not_a_url"],
    ["ftp://relatch.example.com", "not_a_url"],
    ["javascript:alert(1)", "not_a_url"],
    ["https://", "not_a_url"],
    ["http://relatch.example.com", "insecure"],
    ["http://localhost.example.com", "insecure"],
    ["http://127.0.0.2", "insecure"],
    ["https://user@relatch.example.com", "extra_parts"],
    ["https://relatch.example.com/?a=1", "extra_parts"],
    ["https://relatch.example.com/#a", "extra_parts"],
  ];
  for (const [text, reason] of refused) {
    assert.deepEqual(parseServerAddress(text), { ok: false, reason }, text);
  }
});

/** Runs esbuild: `--allow-read --allow-env --allow-run`. */
import { bundleExtension } from "../../extension/bundle.ts";
import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";

const SERVER = "https://relatch.example.com";
const MAX_GZIP_BYTES = 31 * 1024;

Deno.test("bundleExtension() keeps background and popup together within 31 KB gzip", async () => {
  const bundles = await bundleExtension(SERVER);
  const measured = bundles.filter(({ name }) => name !== "options");
  assert.deepEqual(measured.map(({ name }) => name), ["background", "popup"]);
  const bytes = measured.reduce((sum, { code }) => sum + gzipSync(code, { level: 9 }).length, 0);
  assert.ok(bytes <= MAX_GZIP_BYTES, `${bytes} bytes`);
});

Deno.test("bundleExtension() writes the same bytes for the same sources", async () => {
  assert.deepEqual(await bundleExtension(SERVER), await bundleExtension(SERVER));
});

Deno.test("bundleExtension() builds the server's address in, and no code from text", async () => {
  for (const { name, code } of await bundleExtension(SERVER)) {
    const text = new TextDecoder().decode(code);
    assert.ok(text.includes(SERVER), name);
    assert.doesNotMatch(text, /\beval\(|new Function\(|import\(/, name);
  }
});

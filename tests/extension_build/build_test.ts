/** Runs esbuild: `--allow-read --allow-env --allow-run`. */
import assert from "node:assert/strict";
import { type Bundle, bundleExtension } from "../../extension/bundle.ts";
import { sizeTable, totalGzipSize } from "../../extension/bundle_sizes.ts";
import { extensionFiles } from "../../extension/extension_files.ts";
import { manifestFor } from "../../extension/manifest.ts";

const SERVER = "https://relatch.example.com";
const MAX_GZIP_BYTES = 40 * 1024;

let made: Promise<Bundle[]> | undefined;

/** The same for all tests that only look at them. */
function bundles(): Promise<Bundle[]> {
  return made ??= bundleExtension(SERVER);
}

Deno.test("bundleExtension() keeps all code together within 40 KB gzip", async () => {
  const all = await bundles();
  const total = totalGzipSize(all);
  assert.ok(total <= MAX_GZIP_BYTES, `${total} of ${MAX_GZIP_BYTES} bytes\n${sizeTable(all)}`);
});

Deno.test("bundleExtension() writes the same bytes for the same sources", async () => {
  assert.deepEqual(await bundleExtension(SERVER), await bundles());
});

Deno.test("bundleExtension() builds the server's address in once", async () => {
  const withServer = (await bundles()).filter((bundle) => textOf(bundle).includes(SERVER));
  assert.equal(withServer.length, 1);
});

Deno.test("bundleExtension() makes no code from text, and imports nothing while it runs", async () => {
  for (const bundle of await bundles()) {
    assert.doesNotMatch(textOf(bundle), /\beval\(|new Function\(|import\(/, bundle.name);
  }
});

Deno.test("extensionFiles() has every script and style that a page or the manifest names", async () => {
  const all = await bundles();
  for (const browser of ["chrome", "firefox"] as const) {
    const files = await extensionFiles({ manifest: manifestFor(browser), bundles: all });
    const paths = new Set(files.map(({ path }) => path));
    const texts = files.filter(({ path }) => /\.(html|js|json)$/.test(path)).map(({ bytes }) =>
      new TextDecoder().decode(bytes)
    );
    const named = texts.flatMap((text) =>
      [...text.matchAll(/"(?:\.\/)?([\w-]+\.(?:js|css))"/g)].map(([, name]) => name)
    );
    assert.ok(named.includes("background.js") && named.includes("pages.js"), browser);
    for (const name of named) assert.ok(paths.has(name ?? ""), `${browser}: ${name}`);
  }
});

Deno.test("extensionFiles() gives Portugal the texts of Brazil, and sorts by path", async () => {
  const files = await extensionFiles({ manifest: {}, bundles: [] });
  const locale = (name: string) => files.find(({ path }) => path === `_locales/${name}/messages.json`)?.bytes;
  assert.ok(locale("pt_BR") !== undefined);
  assert.deepEqual(locale("pt_PT"), locale("pt_BR"));
  const paths = files.map(({ path }) => path);
  assert.deepEqual(paths, paths.toSorted());
});

function textOf({ code }: Bundle): string {
  return new TextDecoder().decode(code);
}

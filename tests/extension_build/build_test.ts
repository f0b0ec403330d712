/** Runs esbuild: `--allow-read --allow-env --allow-run`. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { type Bundle, bundleExtension, type Bundles } from "../../extension/bundle.ts";
import { sizeTable, totalGzipSize } from "../../extension/bundle_sizes.ts";
import { extensionFiles } from "../../extension/extension_files.ts";
import { manifestFor } from "../../extension/manifest.ts";

const SERVER = "https://relatch.example.com";
const MAX_GZIP_BYTES = 40 * 1024;

let made: Promise<Bundles> | undefined;

/** The same for all tests that only look at them. */
function bundles(): Promise<Bundles> {
  return made ??= bundleExtension(SERVER);
}

Deno.test("bundleExtension() keeps all code together within 40 KB gzip", async () => {
  const { scripts } = await bundles();
  const total = totalGzipSize(scripts);
  assert.ok(total <= MAX_GZIP_BYTES, `${total} of ${MAX_GZIP_BYTES} bytes\n${sizeTable(scripts)}`);
});

Deno.test("bundleExtension() writes the same bytes for the same sources", async () => {
  assert.deepEqual(await bundleExtension(SERVER), await bundles());
});

Deno.test("bundleExtension() builds the server's address in once", async () => {
  const withServer = (await bundles()).scripts.filter((bundle) => textOf(bundle).includes(SERVER));
  assert.equal(withServer.length, 1);
});

Deno.test("bundleExtension() makes no code from text, and imports nothing while it runs", async () => {
  for (const bundle of (await bundles()).scripts) {
    assert.doesNotMatch(textOf(bundle), /\beval\(|new Function\(|import\(/, bundle.name);
  }
});

Deno.test("bundleExtension() gives the popup one file to wait for", async () => {
  const { scripts, pages } = await bundles();
  const popup = textOf(bundleNamed(pages, "popup.html"));
  const files = [...popup.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, file]) => file);
  assert.deepEqual(files, ["popup.js"]);
  assert.doesNotMatch(textOf(bundleNamed(scripts, "popup.js")), /\bfrom"|\bimport\b/);
});

Deno.test("bundleExtension() lets each page have its own style, and tells the hashes of these styles", async () => {
  const { pages, styleHashes } = await bundles();
  const styles = pages.map((page) => /<style>([^]*?)<\/style>/.exec(textOf(page))?.[1] ?? "");
  assert.ok(styles.length === 3 && styles.every((style) => style.length > 1000));
  assert.deepEqual(styles.map((style) => createHash("sha256").update(style).digest("base64")), styleHashes);
});

Deno.test("extensionFiles() has every script and page that a page or the manifest names", async () => {
  const all = await bundles();
  for (const browser of ["chrome", "firefox"] as const) {
    const files = await extensionFiles({ manifest: manifestFor(browser, all.styleHashes), bundles: all });
    const paths = new Set(files.map(({ path }) => path));
    const texts = files.filter(({ path }) => /\.(html|js|json)$/.test(path)).map(({ bytes }) =>
      new TextDecoder().decode(bytes)
    );
    const named = texts.flatMap((text) =>
      [...text.matchAll(/"(?:\.\/)?([\w-]+\.(?:js|css|html))"/g)].map(([, name]) => name)
    );
    assert.ok(["background.js", "pages.js", "popup.html"].every((name) => named.includes(name)), browser);
    for (const name of named) assert.ok(paths.has(name ?? ""), `${browser}: ${name}`);
  }
});

Deno.test("extensionFiles() gives Portugal the texts of Brazil, and sorts by path", async () => {
  const files = await extensionFiles({ manifest: {}, bundles: { scripts: [], pages: [] } });
  const locale = (name: string) => files.find(({ path }) => path === `_locales/${name}/messages.json`)?.bytes;
  assert.ok(locale("pt_BR") !== undefined);
  assert.deepEqual(locale("pt_PT"), locale("pt_BR"));
  const paths = files.map(({ path }) => path);
  assert.deepEqual(paths, paths.toSorted());
});

function bundleNamed(bundles: readonly Bundle[], name: string): Bundle {
  const bundle = bundles.find((bundle) => bundle.name === name);
  assert.ok(bundle !== undefined, name);
  return bundle;
}

function textOf({ code }: Bundle): string {
  return new TextDecoder().decode(code);
}

/**
 * Builds the extension into `<out>/chrome` and `<out>/firefox`, ready to be loaded unpacked.
 * `--server URL` is the address it talks to unless the options say otherwise; `--out DIR` is `dist` by default.
 */
import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { readBuildOptions } from "./build_options.ts";
import { bundleExtension } from "./bundle.ts";
import { sizeTable } from "./bundle_sizes.ts";
import { extensionFiles, type PackageFile } from "./extension_files.ts";
import { type Browser, manifestFor } from "./manifest.ts";

const BROWSERS: readonly Browser[] = ["chrome", "firefox"];

const { server, out } = readBuildOptions();
const bundles = await bundleExtension(server);
for (const browser of BROWSERS) {
  const manifest = manifestFor(browser, bundles.styleHashes);
  await writeFolder(join(out, browser), await extensionFiles({ manifest, bundles }));
}
const text = `Built for ${server} into ${out}\n${sizeTable(bundles.scripts)}\n`;
Deno.stdout.writeSync(new TextEncoder().encode(text));

/** Replaces the whole folder. */
async function writeFolder(folder: string, files: readonly PackageFile[]): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  for (const { path, bytes } of files) {
    const target = join(folder, path);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, bytes);
  }
}

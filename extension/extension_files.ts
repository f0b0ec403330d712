/**
 * The files of the extension as a browser loads them: what lies in `static`, the manifest, scripts, and pages with their
 * styles. Writes nothing.
 */
import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { Bundles } from "./bundle.ts";

const STATIC_FILES = new URL("./static/", import.meta.url);

/** Chrome has Portuguese of Brazil and of Portugal, and does not look for the one in the folder of the other. */
const BORROWED_LOCALES: Readonly<Record<string, string>> = { pt_PT: "pt_BR" };

/** `path` with `/` between folders, from the root of the package. */
export type PackageFile = { path: string; bytes: Uint8Array };

/** Sorted by path. `manifest` is what the package says of itself. */
export async function extensionFiles(
  { manifest, bundles }: { manifest: object; bundles: Pick<Bundles, "scripts" | "pages"> },
): Promise<PackageFile[]> {
  const files = (await filesBelow(STATIC_FILES)).filter(({ path }) => !/\.(css|html)$/.test(path));
  for (const [locale, lender] of Object.entries(BORROWED_LOCALES)) {
    const prefix = `_locales/${lender}/`;
    const borrowed = files.filter(({ path }) => path.startsWith(prefix));
    files.push(...borrowed.map(({ path, bytes }) => ({ path: path.replace(lender, locale), bytes })));
  }
  files.push(
    ...[...bundles.scripts, ...bundles.pages].map(({ name, code }) => ({ path: name, bytes: code })),
  );
  const manifestText = JSON.stringify(manifest, null, 2) + "\n";
  files.push({ path: "manifest.json", bytes: new TextEncoder().encode(manifestText) });
  return sortedByPath(files);
}

/** Every file below a folder, whatever order the disk keeps them in. What starts with a dot belongs to an editor or a desktop. */
export async function filesBelow(folder: URL): Promise<PackageFile[]> {
  const root = fileURLToPath(folder);
  const entries = await readdir(root, { withFileTypes: true, recursive: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll("\\", "/"))
    .filter((path) => !/(^|\/)\./.test(path));
  const files = paths.map(async (path) => ({ path, bytes: await readFile(new URL(path, folder)) }));
  return sortedByPath(await Promise.all(files));
}

/** By code units, which no language setting changes. */
export function sortedByPath(files: readonly PackageFile[]): PackageFile[] {
  return files.toSorted((a, b) => a.path < b.path ? -1 : 1);
}

/** Zip archives that are the same bytes for the same files, on every machine, at any time. */
import { zipSync } from "fflate";
import { type PackageFile, sortedByPath } from "./extension_files.ts";

/** Sorted by path, one time for all, no owner, no rights, no folders. */
export function zipOf(files: readonly PackageFile[]): Uint8Array {
  const entries = sortedByPath(files).map(({ path, bytes }) => [path, bytes] as const);
  // Zip keeps a time without a zone, and fflate reads it off the machine's own clock face: this is noon everywhere.
  const mtime = new Date(1980, 0, 1, 12);
  return zipSync(Object.fromEntries(entries), { level: 9, mtime });
}

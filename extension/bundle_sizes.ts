/** What the scripts weigh on their way to a person: compressed, as stores and browsers fetch them. */
import { gzipSync } from "node:zlib";
import type { Bundle } from "./bundle.ts";

/** Bytes of one script after gzip. */
export function gzipSize({ code }: Bundle): number {
  return gzipSync(code, { level: 9 }).length;
}

/** Of all scripts, each compressed for itself. */
export function totalGzipSize(bundles: readonly Bundle[]): number {
  return scriptsOf(bundles).reduce((sum, bundle) => sum + gzipSize(bundle), 0);
}

/** One line a script and one for all. */
export function sizeTable(bundles: readonly Bundle[]): string {
  const rows: [string, number][] = scriptsOf(bundles).map((bundle) => [bundle.name, gzipSize(bundle)]);
  rows.push(["all scripts", totalGzipSize(bundles)]);
  return rows.map(([name, bytes]) => `${name.padEnd(20)} ${String(bytes).padStart(6)} bytes gzip`).join("\n");
}

function scriptsOf(bundles: readonly Bundle[]): Bundle[] {
  return bundles.filter(({ name }) => name.endsWith(".js"));
}

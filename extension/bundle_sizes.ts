/** What the scripts weigh on their way to a person: compressed, as stores and browsers fetch them. */
import { gzipSync } from "node:zlib";
import type { Bundle } from "./bundle.ts";

/** Bytes of one script after gzip. */
export function gzipSize({ code }: Bundle): number {
  return gzipSync(code, { level: 9 }).length;
}

/** Of all scripts, each compressed for itself. */
export function totalGzipSize(scripts: readonly Bundle[]): number {
  return scripts.reduce((sum, script) => sum + gzipSize(script), 0);
}

/** One line a script and one for all. */
export function sizeTable(scripts: readonly Bundle[]): string {
  const rows: [string, number][] = scripts.map((script) => [script.name, gzipSize(script)]);
  rows.push(["all scripts", totalGzipSize(scripts)]);
  return rows.map(([name, bytes]) => `${name.padEnd(20)} ${String(bytes).padStart(6)} bytes gzip`).join("\n");
}

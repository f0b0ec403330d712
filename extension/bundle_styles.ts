/** The pages' styles: one file a page, since each file that the first paint waits for costs milliseconds. */
import * as esbuild from "esbuild";
import { readdirSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import type { Bundle } from "./bundle.ts";

const STATIC_FILES = fileURLToPath(new URL("./static/", import.meta.url));

/** What pages import. */
const SHARED_STYLES: readonly string[] = ["base.css", "status.css"];

/** The styles of each page, with what they import in them. */
export async function bundleStyles(): Promise<Bundle[]> {
  const names = readdirSync(STATIC_FILES).filter((name) =>
    name.endsWith(".css") && !SHARED_STYLES.includes(name)
  );
  const { outputFiles } = await esbuild.build({
    entryPoints: names.map((name) => STATIC_FILES + name),
    outdir: STATIC_FILES,
    bundle: true,
    write: false,
    minify: true,
    target: ["chrome127", "firefox140"],
    charset: "utf8",
    logLevel: "warning",
  });
  return outputFiles.map(({ path, contents }) => ({ name: basename(path), code: contents }));
}

/** The extension's scripts: modules as small as they get, started from two places. */
import * as esbuild from "esbuild";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { minify } from "terser";
import type { Bundle } from "./bundle.ts";
import { plainElements } from "./plain_elements.ts";

const SOURCES = new URL("./src/", import.meta.url);
const SHARED = new URL("../shared/", import.meta.url);

/** Name of each script in the package, and where it starts. */
const ENTRY_POINTS: Record<string, string> = {
  background: "background/main.ts",
  pages: "pages.ts",
};

/** The scripts with `server` as their built-in address, and the chunk that they share. */
export async function bundleScripts(server: string): Promise<Bundle[]> {
  const { outputFiles } = await esbuild.build({
    entryPoints: Object.entries(ENTRY_POINTS).map(([out, entry]) => ({
      in: fileURLToPath(new URL(entry, SOURCES)),
      out,
    })),
    absWorkingDir: fileURLToPath(new URL("..", import.meta.url)),
    outdir: fileURLToPath(new URL("../dist", import.meta.url)),
    bundle: true,
    write: false,
    minify: true,
    format: "esm",
    splitting: true,
    // The pages fetch it by this name beside the script that wants it.
    chunkNames: "shared",
    target: ["chrome127", "firefox140"],
    charset: "utf8",
    legalComments: "none",
    jsx: "automatic",
    jsxImportSource: "hono/jsx/dom",
    tsconfigRaw: {},
    define: { RELATCH_SERVER: JSON.stringify(server) },
    plugins: [sharedImports, plainElements],
    logLevel: "warning",
  });
  return await Promise.all(
    outputFiles.map(async ({ path, text }) => ({ name: basename(path), code: await shrink(text) })),
  );
}

/** What esbuild leaves for a second look: constants and calls across functions, names by how often they occur. */
async function shrink(module: string): Promise<Uint8Array> {
  const { code } = await minify(module, { module: true, ecma: 2020, compress: { passes: 2 } });
  if (code === undefined) throw new Error("Cannot shrink a script: terser wrote nothing");
  return new TextEncoder().encode(code);
}

/** `#shared/x.ts` as in deno.json. */
const sharedImports: esbuild.Plugin = {
  name: "shared-imports",
  setup(build) {
    build.onResolve({ filter: /^#shared\// }, ({ path }) => ({
      path: fileURLToPath(new URL(path.slice("#shared/".length), SHARED)),
    }));
  },
};

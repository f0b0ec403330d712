/** The extension's scripts: modules as small as they get. */
import * as esbuild from "esbuild";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { minify } from "terser";
import type { Bundle } from "./bundle.ts";
import { nativePromises } from "./native_promises.ts";
import { plainElements } from "./plain_elements.ts";

const SOURCES = new URL("./src/", import.meta.url);
const SHARED = new URL("../shared/", import.meta.url);

/** Name of each script in the package, and where it starts. */
const ENTRY_POINTS: Record<string, string> = {
  background: "background/main.ts",
  pages: "pages.ts",
};

const WITH_POPUP = "with-popup:";

/** The scripts with `server` as their built-in address, and `popup.js`, from which they import. Sorted by name. */
export async function bundleScripts(server: string): Promise<Bundle[]> {
  const { outputFiles } = await esbuild.build({
    entryPoints: Object.entries(ENTRY_POINTS).map(([out, entry]) => ({
      in: WITH_POPUP + entry,
      out,
    })),
    absWorkingDir: fileURLToPath(new URL("..", import.meta.url)),
    outdir: fileURLToPath(new URL("../dist", import.meta.url)),
    bundle: true,
    write: false,
    minify: true,
    format: "esm",
    splitting: true,
    chunkNames: "popup",
    target: ["chrome127", "firefox140"],
    charset: "utf8",
    legalComments: "none",
    jsx: "automatic",
    jsxImportSource: "hono/jsx/dom",
    tsconfigRaw: {},
    define: { RELATCH_SERVER: JSON.stringify(server) },
    plugins: [withPopup, sharedImports, plainElements, nativePromises],
    logLevel: "warning",
  });
  const scripts = await Promise.all(
    outputFiles.map(async ({ path, text }) => ({ name: basename(path), code: await shrink(text) })),
  );
  return scripts.toSorted((a, b) => a.name < b.name ? -1 : 1);
}

/** What esbuild leaves for a second look: constants and calls across functions, names by how often they occur. */
async function shrink(module: string): Promise<Uint8Array> {
  const { code } = await minify(module, { module: true, ecma: 2020, compress: { passes: 2 } });
  if (code === undefined) throw new Error("Cannot shrink a script: terser wrote nothing");
  return new TextEncoder().encode(code);
}

/**
 * Has every script carry the popup, which starts in its own page only. So all that the popup runs is one chunk, whoever else
 * has a part of it, and the one file that the popup waits for: a second one costs its first paint milliseconds.
 */
const withPopup: esbuild.Plugin = {
  name: "with-popup",
  setup(build) {
    build.onResolve({ filter: new RegExp(`^${WITH_POPUP}`) }, ({ path }) => ({
      path: path.slice(WITH_POPUP.length),
      namespace: WITH_POPUP,
    }));
    build.onLoad({ filter: /^/, namespace: WITH_POPUP }, ({ path }) => ({
      contents: `import "./popup/page.ts"; import "./${path}";`,
      resolveDir: fileURLToPath(SOURCES),
    }));
  },
};

/** `#shared/x.ts` as in deno.json. */
const sharedImports: esbuild.Plugin = {
  name: "shared-imports",
  setup(build) {
    build.onResolve({ filter: /^#shared\// }, ({ path }) => ({
      path: fileURLToPath(new URL(path.slice("#shared/".length), SHARED)),
    }));
  },
};

/** Bundles the extension's scripts with esbuild: minified, and the same bytes for the same sources. */
import * as esbuild from "esbuild";
import { fileURLToPath } from "node:url";

const SOURCES = new URL("./src/", import.meta.url);
const SHARED = new URL("../shared/", import.meta.url);

/** Name of each script in the package, and where it starts. */
const ENTRY_POINTS: Record<string, string> = {
  background: "background/main.ts",
  popup: "popup/main.tsx",
  options: "options/main.tsx",
};

export type Bundle = { name: string; code: Uint8Array };

/** The scripts with `server` as their built-in address. */
export async function bundleExtension(server: string): Promise<Bundle[]> {
  try {
    return await Promise.all(
      Object.entries(ENTRY_POINTS).map(async ([name, entry]) => {
        const result = await esbuild.build({
          entryPoints: [fileURLToPath(new URL(entry, SOURCES))],
          bundle: true,
          write: false,
          minify: true,
          // A classic script runs as Chrome's worker and as Firefox's background script alike.
          format: "iife",
          target: ["chrome127", "firefox140"],
          charset: "utf8",
          legalComments: "none",
          jsx: "automatic",
          jsxImportSource: "hono/jsx/dom",
          tsconfigRaw: {},
          define: { RELATCH_SERVER: JSON.stringify(server) },
          plugins: [sharedImports],
          logLevel: "warning",
        });
        const code = result.outputFiles[0]?.contents;
        if (code === undefined) throw new Error(`Cannot bundle "${name}": esbuild wrote nothing`);
        return { name, code };
      }),
    );
  } finally {
    await esbuild.stop();
  }
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

/** Bundles what pages and the background load: as small as it gets, and the same bytes for the same sources. */
import * as esbuild from "esbuild";
import { type BundledPages, bundlePages } from "./bundle_pages.ts";
import { bundleScripts } from "./bundle_scripts.ts";

/** A script or a page, and its file name in the package, where all of them lie side by side. */
export type Bundle = { name: string; code: Uint8Array };

export type Bundles = BundledPages & { scripts: Bundle[] };

/** Everything that is bundled, with `server` as the built-in address. */
export async function bundleExtension(server: string): Promise<Bundles> {
  try {
    const [scripts, pages] = await Promise.all([bundleScripts(server), bundlePages()]);
    return { scripts, ...pages };
  } finally {
    await esbuild.stop();
  }
}

/** Bundles what pages and the background load: as small as it gets, and the same bytes for the same sources. */
import * as esbuild from "esbuild";
import { bundleScripts } from "./bundle_scripts.ts";
import { bundleStyles } from "./bundle_styles.ts";

/** A script or a style, and its file name in the package, where all of them lie side by side. */
export type Bundle = { name: string; code: Uint8Array };

/** Everything that is bundled, with `server` as the built-in address, sorted by name. */
export async function bundleExtension(server: string): Promise<Bundle[]> {
  try {
    const bundles = await Promise.all([bundleScripts(server), bundleStyles()]);
    return bundles.flat().sort((a, b) => a.name < b.name ? -1 : 1);
  } finally {
    await esbuild.stop();
  }
}

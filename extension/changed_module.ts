/** How the build changes a module from npm while it reads it. Nothing in `node_modules` is written. */
import type * as esbuild from "esbuild";
import { readFile } from "node:fs/promises";

export interface ChangedModule {
  readonly name: string;
  /** Its path. */
  readonly filter: RegExp;
  /** What it is, to say what could not be found. */
  readonly what: string;
  /** Null when what is to be changed is not in it. */
  change(source: string): string | null;
}

/** Fails the build when the module or what is to be changed lies elsewhere: then what is left out would be back unseen. */
export function changedModule({ name, filter, what, change }: ChangedModule): esbuild.Plugin {
  return {
    name,
    setup(build) {
      let found = false;
      build.onLoad({ filter }, async ({ path }) => {
        const contents = change(await readFile(path, "utf8"));
        found = contents !== null;
        return contents === null ? null : { contents, loader: "js" };
      });
      build.onEnd(() => found ? {} : { errors: [{ text: `Cannot find ${what}` }] });
    },
  };
}

/**
 * Leaves out the list by which webextension-polyfill makes promises of Chrome's functions with callbacks: since Manifest V3
 * these answer with promises themselves. What stays is what Chrome still lacks, answers to messages by promise.
 */
import type * as esbuild from "esbuild";
import { readFile } from "node:fs/promises";

const POLYFILL = /webextension-polyfill[\\/]dist[\\/]browser-polyfill\.js$/;
const LIST = /const apiMetadata = \{\n[^]*?\n {6}\};\n/;
/** The polyfill takes an empty list for a mistake. */
const SHORT_LIST = "const apiMetadata = { runtime: {} };\n";

/** Fails the build when the polyfill or its list lies elsewhere: then the list would be back unseen. */
export const nativePromises: esbuild.Plugin = {
  name: "native-promises",
  setup(build) {
    let found = false;
    build.onLoad({ filter: POLYFILL }, async ({ path }) => {
      found = true;
      const polyfill = await readFile(path, "utf8");
      if (!LIST.test(polyfill)) return { errors: [{ text: "Cannot find the polyfill's list of functions" }] };
      return { contents: polyfill.replace(LIST, SHORT_LIST), loader: "js" };
    });
    build.onEnd(() => found ? {} : { errors: [{ text: "Cannot find webextension-polyfill" }] });
  },
};

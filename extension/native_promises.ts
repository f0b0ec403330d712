/**
 * Leaves out the list by which webextension-polyfill makes promises of Chrome's functions with callbacks: since Manifest V3
 * these answer with promises themselves. What stays is what Chrome still lacks, answers to messages by promise.
 */
import type * as esbuild from "esbuild";
import { changedModule } from "./changed_module.ts";

const LIST = /const apiMetadata = \{\n[^]*?\n {6}\};\n/;
/** The polyfill takes an empty list for a mistake. */
const SHORT_LIST = "const apiMetadata = { runtime: {} };\n";

export const nativePromises: esbuild.Plugin = changedModule({
  name: "native-promises",
  filter: /webextension-polyfill[\\/]dist[\\/]browser-polyfill\.js$/,
  what: "webextension-polyfill's list of functions",
  change: (polyfill) => LIST.test(polyfill) ? polyfill.replace(LIST, SHORT_LIST) : null,
});

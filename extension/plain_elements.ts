/**
 * Leaves out what Hono gives to `title`, `meta`, `link`, `style`, `script`, `form`, `input` and `button` beyond HTML (a
 * place in the head, functions as form actions). No page uses it, and it is a twentieth of all code. With an empty list of
 * such components, Hono makes these elements like every other.
 */
import type * as esbuild from "esbuild";
import { changedModule } from "./changed_module.ts";

export const plainElements: esbuild.Plugin = changedModule({
  name: "plain-elements",
  filter: /hono[\\/]dist[\\/]jsx[\\/]dom[\\/]intrinsic-element[\\/]components\.js$/,
  what: "Hono's components for elements",
  change: () => "export const components_exports = {};",
});

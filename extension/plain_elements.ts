/**
 * Leaves out what Hono gives to `title`, `meta`, `link`, `style`, `script`, `form`, `input` and `button` beyond HTML (a
 * place in the head, functions as form actions). No page uses it, and it is a twentieth of all code. With an empty list of
 * such components, Hono makes these elements like every other.
 */
import type * as esbuild from "esbuild";

const COMPONENTS = /hono[\\/]dist[\\/]jsx[\\/]dom[\\/]intrinsic-element[\\/]components\.js$/;
const NO_COMPONENTS = "export const components_exports = {};";

/** Fails the build when Hono has the components elsewhere: then they would be back unseen. */
export const plainElements: esbuild.Plugin = {
  name: "plain-elements",
  setup(build) {
    let found = false;
    build.onLoad({ filter: COMPONENTS }, () => {
      found = true;
      return { contents: NO_COMPONENTS, loader: "js" };
    });
    build.onEnd(() => found ? {} : { errors: [{ text: "Cannot find Hono's components for elements" }] });
  },
};

/**
 * The pages with their styles in them, since each file that the first paint waits for costs milliseconds. The policy of the
 * package lets in these styles and no other.
 */
import * as esbuild from "esbuild";
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Bundle } from "./bundle.ts";

const STATIC_FILES = new URL("./static/", import.meta.url);

/** `styleHashes`: SHA-256 of each page's style in base64, as a content security policy wants it. */
export type BundledPages = { pages: Bundle[]; styleHashes: string[] };

/** Every page below `static`, each with the style that it links to and what this imports. */
export async function bundlePages(): Promise<BundledPages> {
  const names = (await readdir(STATIC_FILES)).filter((name) => name.endsWith(".html")).toSorted();
  const styled = await Promise.all(names.map(styledPage));
  return {
    pages: styled.map(({ page }) => page),
    styleHashes: styled.map(({ style }) => createHash("sha256").update(style).digest("base64")),
  };
}

async function styledPage(name: string): Promise<{ page: Bundle; style: string }> {
  const html = await readFile(new URL(name, STATIC_FILES), "utf8");
  const link = /<link rel="stylesheet" href="([^"]+)">/.exec(html);
  if (link?.[1] === undefined) throw new Error(`Cannot bundle "${name}": it links to no style`);
  const style = await bundleStyle(link[1]);
  const code = new TextEncoder().encode(html.replace(link[0], () => `<style>${style}</style>`));
  return { page: { name, code }, style };
}

async function bundleStyle(name: string): Promise<string> {
  const { outputFiles } = await esbuild.build({
    entryPoints: [fileURLToPath(new URL(name, STATIC_FILES))],
    outdir: fileURLToPath(STATIC_FILES),
    bundle: true,
    write: false,
    minify: true,
    target: ["chrome127", "firefox140"],
    charset: "utf8",
    logLevel: "warning",
  });
  const style = outputFiles.map(({ text }) => text.trimEnd()).join("");
  // It would end the element, and what is behind it would be markup.
  if (style.includes("</")) {
    throw new Error(`Cannot put "${name}" into a page: it has the start of an end tag`);
  }
  return style;
}

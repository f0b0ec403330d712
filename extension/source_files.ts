/** What a reviewer needs to make the same packages again, and how: nothing of the server, the tests or this machine. */
import { readFile } from "node:fs/promises";
import { filesBelow, type PackageFile } from "./extension_files.ts";

const PROJECT = new URL("../", import.meta.url);
const INSTRUCTIONS = new URL("./store/build_instructions.md", import.meta.url);

const FOLDERS: readonly string[] = ["extension/", "shared/"];

/** Deno reads the configuration of every member of the workspace, those too that the build does not use. */
const FILES: readonly string[] = ["LICENSE", "deno.json", "deno.lock", "server/deno.json", "tests/deno.json"];

/** Pictures for people, which the build does not read. */
const LEFT_OUT = "extension/screenshots/";

/** `server` and `version` are those of the packages that the sources come with. */
export async function sourceFiles(
  { server, version }: { server: string; version: string },
): Promise<PackageFile[]> {
  const below = FOLDERS.map(async (folder) => {
    const files = await filesBelow(new URL(folder, PROJECT));
    return files.map(({ path, bytes }) => ({ path: folder + path, bytes }));
  });
  const files = (await Promise.all(below)).flat().filter(({ path }) => !path.startsWith(LEFT_OUT));
  for (const path of FILES) files.push({ path, bytes: await readFile(new URL(path, PROJECT)) });
  const instructions = (await readFile(INSTRUCTIONS, "utf8"))
    .replaceAll("{{server}}", server)
    .replaceAll("{{version}}", version);
  files.push({ path: "README.md", bytes: new TextEncoder().encode(instructions) });
  return files;
}

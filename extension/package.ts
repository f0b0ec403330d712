/**
 * Makes the archives for the stores, in `<out>/packages`. `--server` and `--out` are those of the build. The same sources
 * give the same bytes, and the archive of the sources is enough to make all of them again.
 */
import { createHash } from "node:crypto";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readBuildOptions } from "./build_options.ts";
import { storePackages } from "./store_packages.ts";

const { server, out } = readBuildOptions();
const folder = join(out, "packages");
const packages = await storePackages(server);
// Nobody shall hand in what an earlier run left.
await rm(folder, { recursive: true, force: true });
await mkdir(folder, { recursive: true });
const lines = packages.map(({ name, bytes }) =>
  `${createHash("sha256").update(bytes).digest("hex")}  ${name}`
);
for (const { name, bytes } of packages) await writeFile(join(folder, name), bytes);
const text = [`Packages for ${server} in ${folder}`, ...lines, ""].join("\n");
Deno.stdout.writeSync(new TextEncoder().encode(text));

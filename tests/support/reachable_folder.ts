/** Temporary folders that the embedded database's account can reach, wherever `TMPDIR` points. */

/** A folder that is removed where its block ends. */
export interface ReachableFolder extends AsyncDisposable {
  readonly path: string;
}

/** Makes an empty folder with a short path, so that a socket fits below it. */
export async function makeReachableFolder(prefix = "relatch-"): Promise<ReachableFolder> {
  const windows = Deno.build.os === "windows";
  // Root's own temporary folder is often closed to others, and then the database's account cannot pass through it.
  const path = await Deno.realPath(await Deno.makeTempDir(windows ? { prefix } : { dir: "/tmp", prefix }));
  if (!windows && Deno.uid() === 0) await Deno.chmod(path, 0o711);
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

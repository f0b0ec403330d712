/** Flushes a folder itself: a rename in it is on disk only after that. Windows has no such call and needs none. */
export async function syncDirectory(path: string): Promise<void> {
  if (Deno.build.os === "windows") return;
  using directory = await Deno.open(path);
  await directory.sync();
}

/** Writes a file that is either there as a whole, after a power cut too, or not at all. */
import { dirname } from "node:path";
import { syncDirectory } from "./sync_directory.ts";

/** How the names of files end that are being written. */
export const DRAFT_SUFFIX = ".draft";

/** Written aside, flushed and renamed; readable by its owner. A failure leaves nothing, a crash at most a draft. */
export async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  const draft = `${path}.${crypto.randomUUID()}${DRAFT_SUFFIX}`;
  try {
    await writeFlushed(draft, bytes);
    await Deno.rename(draft, path);
  } catch (error) {
    // A full disk: half a draft would keep it full.
    await Deno.remove(draft).catch(() => {});
    throw error;
  }
  await syncDirectory(dirname(path));
}

async function writeFlushed(path: string, bytes: Uint8Array): Promise<void> {
  using file = await Deno.open(path, { createNew: true, write: true, mode: 0o600 });
  for (let rest = bytes; rest.length > 0;) rest = rest.subarray(await file.write(rest));
  await file.sync();
}

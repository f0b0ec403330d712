/** Finds out whether another account can reach a folder: each folder above it has to let that account enter. */
import { dirname } from "node:path";

/** Somebody else on this machine. Without ids: whoever is neither owner nor in the group. */
export interface Visitor {
  readonly uid?: number;
  readonly gid?: number;
}

/** What `Deno.stat` tells of a folder, as far as entering it goes. */
export type FolderAccess = Pick<Deno.FileInfo, "mode" | "uid" | "gid">;

/** Whether the permission bits let the visitor enter. Access lists are not looked at. */
export function canEnter(folder: FolderAccess, visitor: Visitor): boolean {
  if (folder.mode === null) return true;
  const shift = folder.uid === visitor.uid ? 6 : folder.gid === visitor.gid ? 3 : 0;
  return (folder.mode >> shift & 0o1) === 1;
}

/**
 * The outermost folder on the way to `path`, itself included, that the visitor cannot enter. `path` is absolute and
 * exists. Needs leave to read every folder above it.
 */
export async function findClosedFolder(path: string, visitor: Visitor): Promise<string | undefined> {
  const parent = dirname(path);
  if (parent !== path) {
    const closed = await findClosedFolder(parent, visitor);
    if (closed !== undefined) return closed;
  }
  return canEnter(await Deno.stat(path), visitor) ? undefined : path;
}

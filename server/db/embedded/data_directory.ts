/** The data folder: made when missing, and held by one process at a time for as long as that process lives. */
import { join, resolve } from "node:path";
import type { DatabaseAccount } from "./database_account.ts";
import { findClosedFolder } from "./closed_folder.ts";
import { unlessMissing } from "../unless_missing.ts";

const LOCK_FILE = "relatch.lock";

/** A data folder that is ours until `release` or the end of the process, however it ends. */
export interface HeldDataDirectory {
  /** The folder's real and absolute path. */
  readonly path: string;
  release(): void;
}

/**
 * Makes the folder when it is missing and takes its lock. The kernel lets go of the lock when the process dies, so
 * none is ever left behind. Throws at once when another process holds the folder, or when it cannot be written.
 */
export async function holdDataDirectory(dataDirectory: string): Promise<HeldDataDirectory> {
  const wanted = resolve(dataDirectory);
  let file: Deno.FsFile;
  let path: string;
  try {
    await makeDirectory(wanted);
    path = await Deno.realPath(wanted);
    file = await Deno.open(join(path, LOCK_FILE), { read: true, write: true, create: true, mode: 0o600 });
  } catch (cause) {
    throw new Error(`Could not use "${wanted}" as data folder: this user cannot make or write it`, { cause });
  }
  if (!await file.tryLock(true)) {
    const holder = await readHolder(join(path, LOCK_FILE));
    file.close();
    throw new Error(`Could not use "${path}" as data folder: another Relatch server${holder} is using it`);
  }
  await file.truncate();
  await file.write(new TextEncoder().encode(`${Deno.pid}\n`));
  return { path, release: () => file.close() };
}

/** Throws when the database's account cannot reach the data folder, and names the folder that is in its way. */
export async function assertReachable(path: string, account: DatabaseAccount | undefined): Promise<void> {
  const closed = account && await findClosedFolder(path, account);
  if (account === undefined || closed === undefined) return;
  throw new Error(
    `Could not start the embedded database: it runs as "${account.name}", because PostgreSQL refuses to run as ` +
      `root, and "${closed}" is closed to that account: set DATA_DIR to a folder that others may enter, ` +
      "for instance /var/lib/relatch/data",
  );
}

/** Others may pass through root's data folder to the database below it, but not list it; any other is private. */
async function makeDirectory(path: string): Promise<void> {
  if (await unlessMissing(Deno.stat(path)) !== undefined) return;
  await Deno.mkdir(path, { recursive: true });
  if (Deno.build.os !== "windows") await Deno.chmod(path, Deno.uid() === 0 ? 0o711 : 0o700);
}

/** Windows lets nobody read a locked file, and the holder may be about to write: then it stays unnamed. */
async function readHolder(file: string): Promise<string> {
  const text = await Deno.readTextFile(file).catch(() => "");
  const pid = /^\d+$/m.exec(text)?.[0];
  return pid === undefined ? "" : ` (process ${pid})`;
}

/** The data folder: made when missing, and held by one process at a time for as long as that process lives. */
import { setTimeout as delay } from "node:timers/promises";
import { join, resolve } from "node:path";
import type { DatabaseAccount } from "./database_account.ts";
import { findClosedFolder } from "./closed_folder.ts";
import { unlessMissing } from "../unless_missing.ts";

const LOCK_FILE = "relatch.lock";
/** An admin command is done in a second or two; the first one makes a cluster. */
const COMMAND_SECONDS = 30;
const RETRY_MILLISECONDS = 50;

/** For how long a process holds the folder: until it is told to stop, or for one piece of work. */
export type FolderHolder = "server" | "command";

/** A data folder that is ours until `release` or the end of the process, however it ends. */
export interface HeldDataDirectory {
  /** The folder's real and absolute path. */
  readonly path: string;
  release(): void;
}

/** A server has the folder, so that its database runs, or is about to. */
export class DataDirectoryInUse extends Error {
  override readonly name = "DataDirectoryInUse";
}

/**
 * Makes the folder when it is missing and takes its lock. The kernel lets go of the lock when the process dies, so
 * none is ever left behind. Waits for a command that has the folder. Throws {@linkcode DataDirectoryInUse} at once when
 * a server has it, and another error when it cannot be written.
 */
export async function holdDataDirectory(
  dataDirectory: string,
  holder: FolderHolder,
): Promise<HeldDataDirectory> {
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
  const deadline = performance.now() + COMMAND_SECONDS * 1000;
  while (!await file.tryLock(true)) {
    const other = await readHolder(join(path, LOCK_FILE));
    if (!other.isCommand || performance.now() > deadline) {
      file.close();
      throw new DataDirectoryInUse(
        `Could not use "${path}" as data folder: another Relatch ${other.name} is using it`,
      );
    }
    await delay(RETRY_MILLISECONDS);
  }
  await file.truncate();
  await file.write(new TextEncoder().encode(`${Deno.pid} ${holder}\n`));
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

/** Windows lets nobody read a locked file, and the holder may be about to write: then it is an unnamed server. */
async function readHolder(file: string): Promise<{ name: string; isCommand: boolean }> {
  const text = await Deno.readTextFile(file).catch(() => "");
  const [, pid, holder = "server"] = /^(\d+)(?: (server|command))?$/m.exec(text) ?? [];
  return {
    name: pid === undefined ? holder : `${holder} (process ${pid})`,
    isCommand: holder === "command",
  };
}

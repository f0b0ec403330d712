/** The account that runs the database: ourselves, or, for root, another one, since PostgreSQL refuses to run as root. */
import { join } from "node:path";
import { currentPlatformLayout } from "./platform_layout.ts";
import { unlessMissing } from "../unless_missing.ts";

/** An account of this machine. */
export interface DatabaseAccount {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** The accounts in the text of `/etc/passwd`, in its order; lines of another form are left out. */
export function parseAccounts(passwd: string): readonly DatabaseAccount[] {
  return passwd.split("\n").flatMap((line) => {
    const [name, , uid, gid] = line.split(":");
    if (!name || !/^-?\d+$/.test(uid ?? "") || !/^-?\d+$/.test(gid ?? "")) return [];
    // macOS writes nobody's ids as -2; the system calls take them as unsigned numbers.
    return [{ name, uid: Number(uid) >>> 0, gid: Number(gid) >>> 0 }];
  });
}

/**
 * The account for a cluster, which may not exist yet; `undefined` when we are not root and need none. A cluster stays
 * with the account it has, whatever accounts were added since.
 */
export async function databaseAccount(cluster: string): Promise<DatabaseAccount | undefined> {
  if (Deno.build.os === "windows" || Deno.uid() !== 0) return undefined;
  const accounts = parseAccounts(await Deno.readTextFile("/etc/passwd")).filter(({ uid }) => uid !== 0);
  const owner = (await unlessMissing(Deno.stat(cluster)))?.uid;
  const { accountNames } = currentPlatformLayout();
  const account = accounts.find(({ uid }) => uid === owner) ??
    accountNames.map((name) => accounts.find((account) => account.name === name)).find((found) => found);
  if (account === undefined) {
    throw new Error(
      `Could not start the embedded database as root: it needs an account named ${accountNames.join(" or ")}`,
    );
  }
  return account;
}

/** Gives a folder and all in it to the account, unless it has it already. Follows no link out of it. */
export async function giveTo(account: DatabaseAccount | undefined, path: string): Promise<void> {
  if (account === undefined) return;
  const { uid, isDirectory, isSymlink } = await Deno.lstat(path);
  if (uid === account.uid || isSymlink) return;
  if (isDirectory) {
    for await (const { name } of Deno.readDir(path)) await giveTo(account, join(path, name));
  }
  await Deno.chown(path, account.uid, account.gid);
}

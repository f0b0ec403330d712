/** Finds the database that a server on this machine runs in a data folder, for a command that works beside it. */
import { join, resolve } from "node:path";
import { askPostmaster } from "./ask_postmaster.ts";
import { type ConnectionOptions, earlierOptions } from "./connection_options.ts";
import { readPostmasterFile } from "./postmaster_file.ts";

/** How to connect to it; `undefined` while nothing accepts connections there. Changes nothing. */
export async function findRunningPostgres(dataDirectory: string): Promise<ConnectionOptions | undefined> {
  const path = join(resolve(dataDirectory), "postgres");
  const note = await readPostmasterFile(path);
  if (typeof note !== "object" || note.status !== "ready") return undefined;
  const options = await earlierOptions({ path }, note);
  return await askPostmaster(options, path) === "this_cluster" ? options : undefined;
}

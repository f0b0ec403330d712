/** The chosen server address in `storage.local`. Absent means: the one that was built in. */
import { parseServerAddress } from "./server_address.ts";
import { type ReadableArea, readStored, type StorageArea } from "./storage_area.ts";
import * as v from "valibot";

/** Key in `storage.local`. */
export const SERVER_KEY = "server";

/** The server to talk to. */
export async function readServer(local: ReadableArea, builtIn: string): Promise<string> {
  const stored = await readStored(local, SERVER_KEY, v.string());
  const parsed = stored === null ? null : parseServerAddress(stored);
  return parsed?.ok ? parsed.server : builtIn;
}

/** Keeps `server`; the built-in one is kept as absence, so that a later build may bring another. */
export async function saveServer(local: StorageArea, server: string, builtIn: string): Promise<void> {
  if (server === builtIn) await local.remove([SERVER_KEY]);
  else await local.set({ [SERVER_KEY]: server });
}

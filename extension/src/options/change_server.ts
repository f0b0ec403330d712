/** Moves the extension to another server. Nothing of the old one is taken along. */
import type { Message, Reply } from "../messages.ts";
import type { Fetch } from "../server_answer.ts";
import { saveServer } from "../server_setting.ts";
import type { StorageArea } from "../storage_area.ts";
import { type SignOut, signOut } from "./sign_out.ts";

export type ChangeServerDeps = {
  fetch: Fetch;
  local: StorageArea;
  builtInServer: string;
  ask: (message: Message) => Promise<Reply | null>;
};

/** Ends a running attempt and the session at the old server, then keeps the new address. How that session ended. */
export async function changeServer(
  deps: ChangeServerDeps,
  { from, to }: { from: string; to: string },
): Promise<SignOut> {
  let left: SignOut = "not_signed_in";
  if (from !== to) {
    await deps.ask({ type: "cancel" });
    left = await signOut(deps, from);
  }
  await saveServer(deps.local, to, deps.builtInServer);
  return left;
}

/** Leaves nothing of Relatch in this browser, except the extension itself. */
import type { Message, Reply } from "../messages.ts";
import type { StorageArea } from "../storage_area.ts";
import { NOTIFICATIONS, type Permissions, readGranted, removePermission } from "./permissions.ts";
import { type SignOut, signOut, type SignOutDeps } from "./sign_out.ts";

/** `clear` empties the area. */
export type ClearableArea = StorageArea & { clear(): Promise<void> };

export type ForgetEverythingDeps = SignOutDeps & {
  local: ClearableArea;
  session: ClearableArea;
  permissions: Permissions;
  ask: (message: Message) => Promise<Reply | null>;
};

/** `builtIn`: match patterns of the manifest, which stay. The session at `server` ends there too, when it answers. */
export async function forgetEverything(
  deps: ForgetEverythingDeps,
  { server, builtIn }: { server: string; builtIn: readonly string[] },
): Promise<SignOut> {
  await deps.ask({ type: "cancel" });
  const result = await signOut(deps, server);
  const { origins } = await readGranted(deps.permissions);
  const allowed = origins.filter((origin) => !builtIn.includes(origin));
  // One by one: a pattern that the browser keeps would keep the others.
  for (const origin of allowed) await removePermission(deps.permissions, { origins: [origin] });
  await removePermission(deps.permissions, NOTIFICATIONS);
  await deps.local.clear();
  await deps.session.clear();
  return result;
}

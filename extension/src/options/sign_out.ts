/** Ends the session at its server, and forgets it here whatever the server says. */
import { CURRENT_SESSION_PATH } from "#shared/endpoints.ts";
import { askServer, type Fetch } from "../server_answer.ts";
import { forgetSession } from "../forget_session.ts";
import { readSession } from "../session_store.ts";
import type { StorageArea } from "../storage_area.ts";

const TIMEOUT_MS = 5_000;

/** `here_only`: the server did not confirm, so there the session ends when it expires. */
export type SignOut = "done" | "here_only" | "not_signed_in";

export type SignOutDeps = { fetch: Fetch; local: StorageArea };

export async function signOut({ fetch, local }: SignOutDeps, server: string): Promise<SignOut> {
  const session = await readSession(local, server);
  if (session === null) return "not_signed_in";
  const answer = await askServer(fetch, server + CURRENT_SESSION_PATH, {
    method: "DELETE",
    token: session.token,
    timeoutMs: TIMEOUT_MS,
  });
  await forgetSession(local, session);
  // 401: the server had ended it before.
  return answer.ok && (answer.status === 204 || answer.status === 401) ? "done" : "here_only";
}

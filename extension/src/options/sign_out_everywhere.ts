/** Ends all sessions of the same HighLevel user at the server, and forgets this one when that is done. */
import { SESSIONS_PATH } from "#shared/endpoints.ts";
import { askServer } from "../server_answer.ts";
import { forgetSession } from "../forget_session.ts";
import { readSession } from "../session_store.ts";
import type { SignOutDeps } from "./sign_out.ts";

const TIMEOUT_MS = 10_000;

/**
 * - `everywhere`: the server has ended them
 * - `only_this`: the server has ended this one, and does not know whose it was
 * - `ended_before`: the server no longer knew this one, and so could not tell whose others to end
 * - `no_answer`: nothing has changed, neither there nor here
 */
export type SignOutEverywhere = "everywhere" | "only_this" | "ended_before" | "no_answer" | "not_signed_in";

export async function signOutEverywhere(
  { fetch, local }: SignOutDeps,
  server: string,
): Promise<SignOutEverywhere> {
  const session = await readSession(local, server);
  if (session === null) return "not_signed_in";
  const answer = await askServer(fetch, server + SESSIONS_PATH, {
    method: "DELETE",
    token: session.token,
    timeoutMs: TIMEOUT_MS,
  });
  const isEnded = answer.ok && [200, 204, 401].includes(answer.status);
  if (!isEnded) return "no_answer";
  await forgetSession(local, session);
  if (answer.status === 401) return "ended_before";
  return answer.status === 204 ? "everywhere" : "only_this";
}

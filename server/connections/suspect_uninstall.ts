/** Follows a hint that an install may be gone: the refresh token is presented at once, and HighLevel's answer decides. */
import type { Transaction } from "../db/connect_database.ts";
import { REFUSED_CODES, wipeConnection } from "./wipe_connection.ts";

export interface SuspectOptions {
  readonly connectionId: string;
  /** Why; it stands in the history if the suspicion is confirmed. */
  readonly cause: string;
  /** What was said is older than the install that is there now. */
  readonly isOfBefore?: boolean;
}

/**
 * Within the caller's transaction. A token that works clears the suspicion, one that is refused ends the connection as
 * uninstalled, and one that HighLevel refused before ends it now. Only where the hint is about an earlier install, and the
 * access token beside the refused one lives, is HighLevel asked with that first.
 */
export async function suspectUninstall(
  tx: Transaction,
  { connectionId, cause, isOfBefore = false }: SuspectOptions,
): Promise<"suspected" | "wiped" | "not_installed"> {
  const [row] = await tx<{ problemCode: string | null; isAlive: boolean }[]>`
    SELECT problem_code AS "problemCode", coalesce(access_token_expires_at > now(), false) AS "isAlive"
    FROM connections
    WHERE id = ${connectionId} AND refresh_token IS NOT NULL FOR UPDATE`;
  if (row === undefined) return "not_installed";
  const isRefused = REFUSED_CODES.includes(row.problemCode ?? "");
  if (isRefused && isOfBefore && row.isAlive) {
    await tx`UPDATE connections SET check_due_at = now(), check_failures = 0 WHERE id = ${connectionId}`;
    return "suspected";
  }
  if (isRefused) {
    await wipeConnection(tx, { connectionId, cause, actor: "highlevel" });
    return "wiped";
  }
  await tx`
    UPDATE connections SET uninstall_suspected_at = now(), next_refresh_at = now() WHERE id = ${connectionId}`;
  return "suspected";
}

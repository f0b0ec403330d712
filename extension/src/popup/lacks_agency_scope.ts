/** A connection that somebody has to mend at the server first: connecting again would change nothing before. */
import type { ConnectionStatus } from "#shared/connection_status.ts";

export function lacksAgencyScope({ state, problem }: Pick<ConnectionStatus, "state" | "problem">): boolean {
  return state === "reconnect_required" && problem?.code === "scope_missing";
}

/** A connection that a person disconnected, while HighLevel has not confirmed that yet. */
import type { ConnectionStatus } from "#shared/connection_status.ts";

export function isBeingRemoved({ state, problem }: ConnectionStatus): boolean {
  return state === "degraded" && problem?.code === "removal_pending";
}

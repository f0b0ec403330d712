/** Whether a connection that cannot be renewed can still be used, as far as the times tell. */
import type { ConnectionStatus } from "#shared/connection_status.ts";

/** `now` in milliseconds since 1970. */
export function accessOf(status: ConnectionStatus, now: number): "works" | "ended" | "unknown" {
  const { accessTokenExpiresAt, problem } = status;
  if (accessTokenExpiresAt === null) return "unknown";
  if (Date.parse(accessTokenExpiresAt) <= now) return "ended";
  // What does not open for a renewal will hardly open for a use.
  return problem?.code === "token_unreadable" ? "unknown" : "works";
}

/** The access token of a connection from the better of its two installs: its own, or that of its agency. */
import { failure, type Result } from "../result.ts";
import type { LiveToken, Rotator, TokenRefusal } from "../rotation/rotator.ts";

/** The nearer to a token, the earlier. */
const BETTER_FIRST: readonly TokenRefusal["reason"][] = [
  "refresh_failing",
  "location_paused",
  "reconnect_required",
  "not_connected",
];

/** `own` knows the installs that rotate, `minted` the locations of agencies. Each says `not_connected` of the other's. */
export function createTokenSource({ own, minted }: { own: Rotator; minted: Rotator }): Rotator {
  async function liveToken(
    connectionId: string,
    minTtlSeconds: number,
  ): Promise<Result<LiveToken, TokenRefusal>> {
    const first = await own.liveToken(connectionId, minTtlSeconds);
    if (first.ok) return first;
    const second = await minted.liveToken(connectionId, minTtlSeconds);
    if (second.ok) return second;
    const [better] = [first.failure, second.failure].sort((a, b) =>
      BETTER_FIRST.indexOf(a.reason) - BETTER_FIRST.indexOf(b.reason)
    );
    return failure(better ?? first.failure);
  }

  return {
    liveToken,
    async refreshNow(connectionId) {
      await own.refreshNow(connectionId);
      await minted.refreshNow(connectionId);
    },
  };
}

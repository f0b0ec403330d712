/** The access token of a connection from the better of its two installs: its own, or that of its agency. */
import { isOwnBetter, missingScopes } from "../connections/better_install.ts";
import { isDatabaseUnavailable } from "../db/database_unavailable.ts";
import { failure, type Result, success } from "../result.ts";
import type { RotationClock } from "../rotation/rotation_clock.ts";
import type { LiveToken, Rotator, TokenRefusal } from "../rotation/rotator.ts";

export interface TokenSourceOptions {
  /** Knows the installs that rotate. */
  readonly own: Rotator;
  /** Knows the locations of agencies. Each says `not_connected` of the other's. */
  readonly minted: Rotator;
  readonly clock: RotationClock;
  /** Those that the app asks for. */
  readonly requiredScopes: readonly string[];
}

type Answer = Result<LiveToken, TokenRefusal>;

/** The nearer to a token, the earlier. */
const BETTER_FIRST: readonly TokenRefusal["reason"][] = [
  "refresh_failing",
  "location_paused",
  "reconnect_required",
  "not_connected",
];

/** A rotation takes a second or two. Where it takes longer, the other install is asked as well. */
const PATIENCE_MILLISECONDS = 2500;

export function createTokenSource(
  { own, minted, clock, requiredScopes }: TokenSourceOptions,
): Rotator {
  /** There can be no better one. */
  function isBest(answer: Answer | undefined): boolean {
    return answer?.ok === true && !answer.value.isRefused &&
      missingScopes(requiredScopes, answer.value.scopes).length === 0;
  }

  async function liveToken(connectionId: string, minTtlSeconds: number): Promise<Answer> {
    const first = own.liveToken(connectionId, minTtlSeconds);
    const inTime = await withPatience(first);
    if (inTime !== undefined && isBest(inTime)) return inTime;
    const second = minted.liveToken(connectionId, minTtlSeconds);
    // With a token at hand, nobody waits for long to have one that can do more.
    if (inTime?.ok && !inTime.value.isRefused) {
      const other = await withPatience(second).catch(() => undefined);
      return other?.ok ? betterToken(inTime.value, other.value) : inTime;
    }
    return await firstToken(first, second);
  }

  function betterToken(own: LiveToken, minted: LiveToken): Answer {
    const worthOf = ({ isRefused = false, scopes }: LiveToken) => ({ distance: isRefused ? 1 : 0, scopes });
    const installs = { own: worthOf(own), agency: worthOf(minted) };
    return success(isOwnBetter(installs, requiredScopes) ? own : minted);
  }

  async function withPatience(answer: Promise<Answer>): Promise<Answer | undefined> {
    const timer = new AbortController();
    const late = clock.delay(PATIENCE_MILLISECONDS, timer.signal).then(() => undefined);
    return await Promise.race([answer, late]).finally(() => timer.abort());
  }

  return {
    liveToken,
    async refreshNow(connectionId) {
      await own.refreshNow(connectionId);
      await minted.refreshNow(connectionId);
    },
  };
}

/**
 * The token that comes first, or else one whose refresh token is refused, or else the better of two refusals. Throws what one
 * of them throws, unless the other has a token.
 */
async function firstToken(first: Promise<Answer>, second: Promise<Answer>): Promise<Answer> {
  const refusals: TokenRefusal[] = [];
  let lastResort: Answer | undefined;
  const tokens = [first, second].map(async (answer) => {
    const given = await answer;
    if (given.ok && !given.value.isRefused) return given;
    if (given.ok) lastResort = given;
    else refusals.push(given.failure);
    throw new NoToken();
  });
  try {
    return await Promise.any(tokens);
  } catch (error) {
    if (lastResort !== undefined) return lastResort;
    const [better, other] = refusals.toSorted((a, b) =>
      BETTER_FIRST.indexOf(a.reason) - BETTER_FIRST.indexOf(b.reason)
    );
    if (better === undefined || other === undefined) throw causeOf(error);
    return failure(better);
  }
}

/** What kept one of both from answering, for callers that tell one kind from another. */
function causeOf(error: unknown): unknown {
  const errors: readonly unknown[] = error instanceof AggregateError ? error.errors : [error];
  return errors.find(isDatabaseUnavailable) ?? errors.find((cause) => !(cause instanceof NoToken)) ?? error;
}

class NoToken extends Error {
  override readonly name = "NoToken";
}

/** Hands out live access tokens and refreshes on demand: one POST a rotation, however many callers ask. */
import { stateFor } from "../connections/problem_state.ts";
import { tokenContext } from "../connections/token_context.ts";
import { open } from "../crypto/seal.ts";
import { askWithin } from "../db/database_unavailable.ts";
import { failure, type Result, success } from "../result.ts";
import type { Allowance } from "./call_gate.ts";
import { claimOne } from "./claim.ts";
import { readTokens, type TokenRow } from "./read_tokens.ts";
import { rotate } from "./rotate.ts";
import type { RotationDependencies } from "./rotation_dependencies.ts";
import { QUERY_MILLISECONDS } from "./rotation_times.ts";

/** An access token that can be used now. */
export interface LiveToken {
  readonly accessToken: string;
  readonly expiresAt: Date;
  readonly scopes: readonly string[];
  readonly locationId: string | null;
  readonly companyId: string | null;
  /** Since it was issued. */
  readonly ageSeconds: number;
  /** HighLevel refuses the refresh token beside it: it may have ended as well, and there will be no other. */
  readonly isRefused?: boolean;
}

/**
 * - `not_connected`: there is no such connection, or its tokens were wiped
 * - `reconnect_required`, `location_paused`: see the states of a connection
 * - `refresh_failing`: no token that lives long enough could be had in time; asking again in `retryAfterSeconds` may help
 */
export type TokenRefusal =
  | { readonly reason: "not_connected" | "reconnect_required" | "location_paused" }
  | { readonly reason: "refresh_failing"; readonly retryAfterSeconds: number };

export interface Rotator {
  /**
   * The access token of a connection, refreshed first when less than `minTtlSeconds` of it are left, or less than half of
   * its life if that is shorter. Throws when the database fails, and `SealError` when the stored token does not open.
   */
  liveToken(connectionId: string, minTtlSeconds: number): Promise<Result<LiveToken, TokenRefusal>>;
  /** Refreshes now, and resolves when that has come to an end or has taken too long. Throws when the database fails. */
  refreshNow(connectionId: string): Promise<void>;
}

/** A rotator that can be waited for at the end of the process. */
export interface StoppableRotator extends Rotator {
  /** Resolves when no rotation that was asked for here is under way. */
  idle(): Promise<void>;
}

/** A caller waits this long for somebody's rotation, which leaves time to answer before clients give up. */
const WAIT_MILLISECONDS = 12_000;
/** Between looks at a row that another process is working on. */
const LOOK_MILLISECONDS = 100;
const RETRY_AFTER_SECONDS = 5;
const LONGEST_RETRY_AFTER_SECONDS = 15 * 60;

interface FlightPlan {
  /** The caller's view of the row; nothing is done when the row has moved on. */
  readonly generation: string;
  readonly force: boolean;
}

/** What came of waiting for a flight: it has ended, it could not start for so many seconds, or it takes too long. */
type Landing = { readonly ended: boolean; readonly retryAfterSeconds: number | null };

export function createRotator(deps: RotationDependencies): StoppableRotator {
  const { database, keys, gate, clock } = deps;
  const flights = new Map<string, Promise<Landing>>();

  function readRow(connectionId: string): Promise<TokenRow | undefined> {
    return askWithin(database, (db) => readTokens(db, connectionId), QUERY_MILLISECONDS);
  }

  /** Everyone in this process who wants the same connection refreshed shares one flight. */
  function flightFor(connectionId: string, plan: FlightPlan): Promise<Landing> {
    const flying = flights.get(connectionId);
    if (flying !== undefined) return flying;
    const flight = fly(connectionId, plan).finally(() => flights.delete(connectionId));
    flights.set(connectionId, flight);
    return flight;
  }

  /** Rotates, or waits for whoever does. */
  async function fly(connectionId: string, { generation, force }: FlightPlan): Promise<Landing> {
    const deadline = clock.monotonic() + WAIT_MILLISECONDS;
    for (;;) {
      const seconds = secondsUntilAllowed(gate.allowance(), force);
      if (seconds > 0) {
        if (clock.monotonic() + seconds * 1000 > deadline) return { ended: true, retryAfterSeconds: seconds };
        await clock.delay(seconds * 1000);
      } else {
        const pass = force ? gate.beginProbe() : gate.begin();
        try {
          await deps.reach("claiming", connectionId);
          const claim = await claimOne(deps, { connectionId, generation, force });
          if (claim !== undefined) {
            await rotate(deps, claim, { cause: "request", pass, isCanary: false });
            return { ended: true, retryAfterSeconds: null };
          }
        } finally {
          gate.settle(pass, { kind: "not_called" });
        }
      }
      const row = await readRow(connectionId);
      if (row === undefined || row.generation !== generation || mustWait(row, force)) {
        return { ended: true, retryAfterSeconds: null };
      }
      if (clock.monotonic() > deadline) return { ended: true, retryAfterSeconds: RETRY_AFTER_SECONDS };
      await clock.delay(LOOK_MILLISECONDS);
    }
  }

  async function liveToken(
    connectionId: string,
    minTtlSeconds: number,
  ): Promise<Result<LiveToken, TokenRefusal>> {
    const deadline = clock.monotonic() + WAIT_MILLISECONDS;
    let seen: string | undefined;
    for (;;) {
      const row = await readRow(connectionId);
      if (row === undefined) return failure({ reason: "not_connected" });
      const isFresh = seen !== undefined && row.generation !== seen;
      // More than half of its life is more than HighLevel gives on most days.
      const wanted = isFresh ? 0 : Math.min(minTtlSeconds, row.lifetimeSeconds / 2);
      if (row.remainingSeconds > wanted) {
        const token = openToken(connectionId, row);
        if (token !== undefined) return success(token);
      }
      seen ??= row.generation;
      const refusal = refusalFor(row);
      if (refusal !== undefined) return failure(refusal);
      if (isFresh || clock.monotonic() >= deadline) return failure(refreshFailing(null));
      const flight = flightFor(connectionId, { generation: row.generation, force: false });
      const landing = await within(flight, deadline - clock.monotonic());
      if (!landing.ended || landing.retryAfterSeconds !== null) {
        return failure(refreshFailing(landing.retryAfterSeconds));
      }
    }
  }

  function openToken(connectionId: string, row: TokenRow): LiveToken | undefined {
    const { accessToken, expiresAt, scopes, locationId, companyId } = row;
    if (accessToken === null || expiresAt === null) return undefined;
    const opened = open(keys, accessToken, tokenContext(connectionId, "access_token"));
    const ageSeconds = row.lifetimeSeconds - row.remainingSeconds;
    const isRefused = stateFor(row.problemCode) === "reconnect_required";
    return { accessToken: opened, expiresAt, scopes, locationId, companyId, ageSeconds, isRefused };
  }

  async function within(flight: Promise<Landing>, milliseconds: number): Promise<Landing> {
    const timer = new AbortController();
    const late = clock.delay(Math.max(0, milliseconds), timer.signal)
      .then((): Landing => ({ ended: false, retryAfterSeconds: null }));
    try {
      return await Promise.race([flight, late]);
    } finally {
      timer.abort();
    }
  }

  return {
    liveToken,
    async refreshNow(connectionId) {
      const row = await readRow(connectionId);
      if (row === undefined) return;
      await within(
        flightFor(connectionId, { generation: row.generation, force: true }),
        WAIT_MILLISECONDS,
      );
    },
    async idle() {
      while (flights.size > 0) await Promise.allSettled(flights.values());
    },
  };
}

/** Probing is left to the scheduler, which knows with whom; unless a person wants to see it tried. */
function secondsUntilAllowed(allowance: Allowance, force: boolean): number {
  switch (allowance.calls) {
    case "any":
      return 0;
    case "one":
      return force ? 0 : RETRY_AFTER_SECONDS;
    case "none":
      return allowance.seconds;
  }
}

/** True when nobody is at it, and nobody may be before a pause is over, or ever. */
function mustWait({ problemCode, isClaimed, secondsUntilNext }: TokenRow, force: boolean): boolean {
  if (isClaimed) return false;
  return force || secondsUntilNext === null || problemCode !== null && secondsUntilNext > 0;
}

/** Why it makes no sense to ask HighLevel at this moment; `undefined` when it does, or when somebody is asking. */
function refusalFor({ problemCode, isClaimed, secondsUntilNext }: TokenRow): TokenRefusal | undefined {
  const state = stateFor(problemCode);
  if (state === "reconnect_required") return { reason: "reconnect_required" };
  if (isClaimed || secondsUntilNext !== null && secondsUntilNext <= 0) return undefined;
  switch (state) {
    case "connected":
      return undefined;
    case "degraded":
      return refreshFailing(secondsUntilNext);
    case "paused":
      return { reason: "location_paused" };
  }
}

function refreshFailing(seconds: number | null): TokenRefusal {
  const wanted = Math.ceil(seconds ?? RETRY_AFTER_SECONDS);
  return {
    reason: "refresh_failing",
    retryAfterSeconds: Math.min(LONGEST_RETRY_AFTER_SECONDS, Math.max(1, wanted)),
  };
}

/**
 * Hands out access tokens of locations that an agency's install reaches. They are minted from the agency's token when
 * somebody asks, and again before they end; nothing of them is used up by that, so a lost answer costs one more call.
 */
import { refreshAfterSeconds } from "../connections/due_time.ts";
import { mintedTokenContext } from "../connections/token_context.ts";
import { open, seal } from "../crypto/seal.ts";
import type { Database } from "../db/connect_database.ts";
import { askWithin } from "../db/database_unavailable.ts";
import { type MintedToken, mintLocationToken } from "../highlevel/mint_location_token.ts";
import { failure, type Result, success } from "../result.ts";
import { backOffSeconds } from "../rotation/back_off.ts";
import type { LiveToken, Rotator, TokenRefusal } from "../rotation/rotator.ts";
import type { AgencyDependencies } from "./agency_dependencies.ts";
import { askLocation } from "./ask_location.ts";
import { type CallFailure, callWithToken } from "./call_with_token.ts";
import { claimMint, type MintFailure, type MintLease, storeMinted, storeMintFailure } from "./mint_lease.ts";
import { type MintedRow, readMinted } from "./read_minted.ts";

/** As a {@linkcode Rotator}, for locations that are reached by an agency's install; the others are `not_connected`. */
export interface Minter extends Rotator {
  /** Asks HighLevel for a token now, whatever came of the last try. Throws when the database fails. */
  mintNow(connectionId: string): Promise<void>;
  /** Resolves when no mint that was asked for here is under way. */
  idle(): Promise<void>;
}

const QUERY_MILLISECONDS = 5000;
const WAIT_MILLISECONDS = 12_000;
/** Between looks at a location for which another process is minting. */
const LOOK_MILLISECONDS = 100;
/** After a failure that says nothing about the location, so that its callers do not ask HighLevel one after the other. */
const SHORT_PAUSE_SECONDS = 5;
const TOKEN_REFUSED_SECONDS = 60;
const SCOPE_MISSING_SECONDS = 3600;
/** A lost answer to a mint is asked for again at once: it costs nothing. */
const CALL_TRIES = 2;

/** What came of a flight: `null` when the row is worth another look. */
type Landing = TokenRefusal | null;

export function createMinter(deps: AgencyDependencies): Minter {
  const { database, keys, clock, random, rotator, logger } = deps;
  const flights = new Map<string, Promise<Landing>>();

  const ask = <T>(question: (db: Database) => PromiseLike<T>): Promise<T> =>
    askWithin(database, question, QUERY_MILLISECONDS);
  const readRow = (connectionId: string): Promise<MintedRow | undefined> =>
    ask((db) => readMinted(db, connectionId));

  /** Everyone in this process who wants a token of the same location shares one flight. */
  function flightFor(connectionId: string, row: MintedRow): Promise<Landing> {
    const flying = flights.get(connectionId);
    if (flying !== undefined) return flying;
    const flight = mint(connectionId, row).finally(() => flights.delete(connectionId));
    flights.set(connectionId, flight);
    return flight;
  }

  async function mint(connectionId: string, row: MintedRow): Promise<Landing> {
    const lease = await ask((db) => claimMint(db, { connectionId, mintedAt: row.mintedAt }));
    if (lease === undefined) {
      await clock.delay(LOOK_MILLISECONDS);
      return null;
    }
    // The agency's own token may have to be renewed first, which makes this one no older.
    let began = clock.monotonic();
    const minted = await callHighLevel(row, () => began = clock.monotonic());
    if (!minted.ok) return await recordFailure({ lease, row, refused: minted.failure });
    const { accessToken, expiresIn, scopes } = minted.value;
    const sealed = {
      accessToken: seal(keys, accessToken, mintedTokenContext(connectionId)),
      expiresIn,
      ageSeconds: (clock.monotonic() - began) / 1000,
      scopes,
    };
    await ask((db) => storeMinted(db, lease, sealed));
    return null;
  }

  async function callHighLevel(
    row: MintedRow,
    onCall: () => void,
  ): Promise<Result<MintedToken, CallFailure>> {
    for (let tries = 1;; tries++) {
      const minted = await callWithToken(
        deps,
        row.agencyConnectionId,
        (caller) => {
          onCall();
          return mintLocationToken(caller, row);
        },
      );
      if (minted.ok || minted.failure.reason !== "unavailable" || tries >= CALL_TRIES) return minted;
    }
  }

  async function recordFailure(
    { lease, row, refused }: { lease: MintLease; row: MintedRow; refused: CallFailure },
  ): Promise<Landing> {
    const { recorded, landing } = judge(refused, random);
    await ask((db) => storeMintFailure(db, lease, recorded));
    if (recorded.problemCode !== null && recorded.problemCode !== row.problemCode) {
      logger.warn("location_trouble", { connection_id: lease.connectionId, code: recorded.problemCode });
    }
    if (!recorded.isInDoubt) return landing;
    const { agencyConnectionId, companyId, locationId } = row;
    const agency = { connectionId: agencyConnectionId, companyId };
    const reached = await askLocation(deps, { agency, locationId, cause: "mint_refused" });
    return reached.ok && !reached.value ? { reason: "not_connected" } : landing;
  }

  async function liveToken(
    connectionId: string,
    minTtlSeconds: number,
  ): Promise<Result<LiveToken, TokenRefusal>> {
    const deadline = clock.monotonic() + WAIT_MILLISECONDS;
    let seen: string | null | undefined;
    for (;;) {
      const row = await readRow(connectionId);
      if (row === undefined) return failure({ reason: "not_connected" });
      const isFresh = seen !== undefined && row.mintedAt !== seen;
      seen ??= row.mintedAt;
      const wanted = isFresh ? 0 : Math.min(minTtlSeconds, row.lifetimeSeconds / 2);
      const token = row.remainingSeconds > wanted ? openToken(connectionId, row) : undefined;
      // Near its end it is replaced while it still works, so that nobody waits for HighLevel when it does not any more.
      if (token !== undefined && (isFresh || !isDue(connectionId, row))) return success(token);
      const refusal = refusalFor(row) ?? await landingOf(connectionId, { row, deadline });
      if (refusal === null) continue;
      return token === undefined ? failure(refusal) : success(token);
    }
  }

  async function landingOf(
    connectionId: string,
    { row, deadline }: { row: MintedRow; deadline: number },
  ): Promise<Landing> {
    const late = new AbortController();
    const patience = clock.delay(Math.max(0, deadline - clock.monotonic()), late.signal)
      .then(() => refreshFailing(SHORT_PAUSE_SECONDS));
    try {
      return await Promise.race([flightFor(connectionId, row), patience]);
    } finally {
      late.abort();
    }
  }

  function openToken(connectionId: string, row: MintedRow): LiveToken | undefined {
    const { accessToken, expiresAt, scopes, locationId, companyId } = row;
    if (accessToken === null || expiresAt === null) return undefined;
    const opened = open(keys, accessToken, mintedTokenContext(connectionId));
    return { accessToken: opened, expiresAt, scopes, locationId, companyId, ageSeconds: ageSecondsOf(row) };
  }

  async function mintNow(connectionId: string): Promise<void> {
    const row = await readRow(connectionId);
    if (row !== undefined) await flightFor(connectionId, row);
  }

  return {
    liveToken,
    mintNow,
    async refreshNow(connectionId) {
      const row = await readRow(connectionId);
      if (row === undefined) return;
      if (row.agencyProblemCode !== null) await rotator.refreshNow(row.agencyConnectionId);
      // Where it has an install of its own that is well, nobody misses a minted token.
      const isWanted = !row.hasOwn && (row.accessToken === null || ageSecondsOf(row) >= SHORT_PAUSE_SECONDS);
      if (row.problemCode !== null || isWanted) await mintNow(connectionId);
    },
    async idle() {
      while (flights.size > 0) await Promise.allSettled(flights.values());
    },
  };
}

function ageSecondsOf({ lifetimeSeconds, remainingSeconds }: MintedRow): number {
  return lifetimeSeconds - remainingSeconds;
}

function isDue(connectionId: string, row: MintedRow): boolean {
  return row.isOutdated || ageSecondsOf(row) >= refreshAfterSeconds(connectionId, row.lifetimeSeconds);
}

/** Why it makes no sense to ask HighLevel at this moment. */
function refusalFor({ problemCode, secondsUntilRetry }: MintedRow): TokenRefusal | undefined {
  if (secondsUntilRetry <= 0) return undefined;
  switch (problemCode) {
    case "location_inactive":
      return { reason: "location_paused" };
    case "scope_missing":
      return { reason: "reconnect_required" };
    default:
      return refreshFailing(secondsUntilRetry);
  }
}

/** What is written down of a failure, and what its callers are told. */
function judge(refused: CallFailure, random: () => number): { recorded: MintFailure; landing: TokenRefusal } {
  const nothing = { problemCode: null, retryAfterSeconds: SHORT_PAUSE_SECONDS, isInDoubt: false } as const;
  switch (refused.reason) {
    case "location_inactive": {
      const retryAfterSeconds = backOffSeconds({ reason: "paused", failures: 0, atLeast: null }, random);
      return {
        recorded: { ...nothing, problemCode: "location_inactive", retryAfterSeconds },
        landing: { reason: "location_paused" },
      };
    }
    case "scope_missing":
    case "wrong_class":
      return {
        recorded: { ...nothing, problemCode: "scope_missing", retryAfterSeconds: SCOPE_MISSING_SECONDS },
        landing: { reason: "reconnect_required" },
      };
    case "not_installed":
    case "no_access":
      return { recorded: { ...nothing, isInDoubt: true }, landing: refreshFailing(SHORT_PAUSE_SECONDS) };
    case "token_refused":
      return {
        recorded: { ...nothing, retryAfterSeconds: TOKEN_REFUSED_SECONDS },
        landing: refreshFailing(TOKEN_REFUSED_SECONDS),
      };
    case "no_token":
      // Nothing was asked of HighLevel, and the agency's own state says when that makes sense.
      return { recorded: { ...nothing, retryAfterSeconds: null }, landing: refused.refusal };
    case "rate_limited":
    case "unavailable":
    case "request_rejected": {
      const seconds = refused.pauseSeconds ?? SHORT_PAUSE_SECONDS;
      return { recorded: { ...nothing, retryAfterSeconds: seconds }, landing: refreshFailing(seconds) };
    }
  }
}

function refreshFailing(seconds: number): TokenRefusal {
  return { reason: "refresh_failing", retryAfterSeconds: Math.max(1, Math.ceil(seconds)) };
}

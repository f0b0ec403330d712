/** One rotation of a connection that was claimed: present its token, judge the answer, commit what came of it. */
import type { ConnectionProblemCode } from "#shared/connection_status.ts";
import type { HighLevelApp } from "../config.ts";
import { tokenContext } from "../connections/token_context.ts";
import type { EncryptionKeys } from "../crypto/encryption_keys.ts";
import { open } from "../crypto/seal.ts";
import { askWithin, isDatabaseUnavailable, retryWhileUnavailable } from "../db/database_unavailable.ts";
import type { RenewedTokens } from "../highlevel/judge_refresh.ts";
import { refreshTokens } from "../highlevel/refresh_tokens.ts";
import { errorFields, type Logger } from "../log.ts";
import { backOffSeconds, type PauseReason } from "./back_off.ts";
import type { CallGate, CallOutcome, Pass } from "./call_gate.ts";
import { abandonClaim, type Claim, type ClaimContext, releaseClaim, renewLease } from "./claim.ts";
import { keepAnswer } from "./keep_answer.ts";
import { type Presented, presentToken } from "./present_token.ts";
import { recordFailure } from "./record_failure.ts";
import type { RecoveryJournal } from "./recovery_journal.ts";
import { QUERY_MILLISECONDS } from "./rotation_times.ts";
import type { ReachStep } from "./steps.ts";
import type { RotationCause, StoreTokens } from "./store_tokens.ts";

/** What every rotation of a process works with. */
export interface RotationDependencies extends ClaimContext {
  readonly app: HighLevelApp;
  readonly keys: EncryptionKeys;
  /** It must not repeat a call by itself: what it then says of the last one hides what became of the first. */
  readonly fetch: typeof fetch;
  readonly storeTokens: StoreTokens;
  readonly logger: Logger;
  readonly journal: RecoveryJournal;
  readonly gate: CallGate;
  readonly random: () => number;
  readonly reach: ReachStep;
  /** Connections whose new tokens this process holds and has not stored yet. */
  readonly inHand: Set<string>;
  /** Aborted when the process has to end: no token is presented again, and answers may be left in the journal. */
  readonly stopping: AbortSignal;
}

export interface RotateOptions {
  readonly cause: RotationCause;
  readonly pass: Pass;
  /** It was claimed to ask HighLevel about the credentials, so that a refusal says nothing about this connection. */
  readonly isCanary: boolean;
}

/** An outcome that cannot be stored for this long is left to the next holder: the lease has ended by then. */
const RECORD_MILLISECONDS = 10_000;
/** So often an install must be refused while others are accepted, before it counts as removed. */
const LONE_REFUSALS_UNTIL_REVOKED = 3;
/** Between refusals of the credentials, so that those of one install are spread over half an hour. */
const SHORTEST_REFUSED_SECONDS = 10 * 60;
/** A refusal so soon after the last one, because a person wanted to see it, does not count as another. */
const COUNTED_REFUSED_SECONDS = 9 * 60;
/** A canary that was refused is not asked again before others. */
const CANARY_PAUSE_MILLISECONDS = 10 * 60_000;

/** Never throws: what goes wrong is in the row and in the log. */
export async function rotate(
  deps: RotationDependencies,
  claim: Claim,
  options: RotateOptions,
): Promise<void> {
  const { logger, gate, reach } = deps;
  try {
    await reach("claimed", claim.connectionId);
    // Its successor is in our hands, and on the way into the row.
    if (deps.inHand.has(claim.connectionId)) return;
    const refreshToken = openRefreshToken(deps, claim);
    if (refreshToken === undefined) {
      await recordProblem(deps, claim, { code: "token_unreadable", pause: "paused" });
      return;
    }
    // Counted from here on, a token is rather thought to end too early than too late.
    const began = deps.clock.monotonic();
    const presented = await present(deps, claim, refreshToken);
    const elapsed = deps.clock.monotonic() - began;
    // At once: others must not start in the time that it takes to store this.
    gate.settle(options.pass, callOutcomeFor(presented, claim, deps));
    await reach("answered", claim.connectionId);
    if (presented.kind === "rotated") {
      await keep(deps, claim, { refreshToken, tokens: presented.tokens, elapsed, cause: options.cause });
    } else {
      await recordOutcome(deps, claim, presented, options);
    }
  } catch (error) {
    // The claim is left behind: whoever comes when its lease has ended goes on where this ended.
    logger.error("rotation_failed", { connection_id: claim.connectionId, ...errorFields(error) });
  } finally {
    gate.settle(options.pass, { kind: "not_called" });
  }
}

function openRefreshToken({ keys, logger }: RotationDependencies, claim: Claim): string | undefined {
  try {
    return open(keys, claim.refreshToken, tokenContext(claim.connectionId, "refresh_token"));
  } catch (error) {
    logger.error("token_unreadable", { connection_id: claim.connectionId, ...errorFields(error) });
    return undefined;
  }
}

async function present(deps: RotationDependencies, claim: Claim, refreshToken: string): Promise<Presented> {
  const { app, fetch, logger, clock, random, stopping } = deps;
  const { connectionId, kind, secondsSinceStart, askedAt } = claim;
  const presented = await presentToken({
    call: async (deadlineMilliseconds) =>
      await refreshTokens({
        app,
        refreshToken,
        kind,
        fetch,
        deadlineMilliseconds,
        observe: ({ outcome, status, milliseconds, traceId, detail }) =>
          logger[outcome === "rotated" ? "info" : "warn"]("refresh_answered", {
            connection_id: connectionId,
            outcome,
            status,
            milliseconds,
            trace_id: traceId,
            detail,
          }),
      }),
    async renew() {
      try {
        return await renewLease(deps, claim);
      } catch (error) {
        // With the database away the window is still worth using: the answer can be kept until it is back.
        if (isDatabaseUnavailable(error)) return true;
        throw error;
      }
    },
    secondsSinceStart,
    askedAt,
    clock,
    random,
    stopping,
    async handOver() {
      try {
        await abandonClaim(deps, claim);
        return true;
      } catch (error) {
        if (isDatabaseUnavailable(error)) return false;
        throw error;
      }
    },
  });
  if (presented.kind !== "rotated" || isOfInstall(presented.tokens, claim)) return presented;
  logger.error("refresh_answer_of_another_install", { connection_id: connectionId });
  return { kind: "transient", code: "highlevel_unavailable", mayHaveRotated: true, pauseSeconds: null };
}

/** Tokens of another location must never be handed out as this one's, whatever an answer says. */
function isOfInstall({ locationId, companyId }: RenewedTokens, claim: Claim): boolean {
  return claim.kind === "location"
    ? locationId === null || locationId === claim.locationId
    : companyId === null || companyId === claim.companyId;
}

async function keep(
  deps: RotationDependencies,
  claim: Claim,
  { refreshToken, tokens, elapsed, cause }: {
    refreshToken: string;
    tokens: RenewedTokens;
    elapsed: number;
    cause: RotationCause;
  },
): Promise<void> {
  const { connectionId, generation, claimedAt } = claim;
  const obtainedAt = new Date(claimedAt.getTime() + elapsed);
  const answer = { connectionId, generation, presentedToken: refreshToken, tokens, obtainedAt };
  deps.inHand.add(connectionId);
  const outcome = await keepAnswer(deps, answer, cause).finally(() => deps.inHand.delete(connectionId));
  deps.logger[outcome === "stored" ? "debug" : "warn"]("rotation_ended", {
    connection_id: connectionId,
    outcome,
  });
}

async function recordOutcome(
  deps: RotationDependencies,
  claim: Claim,
  presented: Exclude<Presented, { kind: "rotated" }>,
  { isCanary }: RotateOptions,
): Promise<void> {
  switch (presented.kind) {
    case "taken_over":
    case "handed_over":
      return;
    case "too_late":
      // Whoever began this window may have used the token up; in a window of our own nobody has.
      return claim.secondsSinceStart > 0 ? await abandonClaim(deps, claim) : await releaseClaim(deps, claim);
    case "dead":
      return isCanary
        ? await releaseCanary(deps, claim)
        : await recordProblem(deps, claim, { code: "refresh_token_rejected" });
    case "paused":
      return await recordProblem(deps, claim, { code: "location_inactive", pause: "paused" });
    case "client_rejected":
      return isCanary ? await releaseCanary(deps, claim) : await recordRefusal(deps, claim);
    case "transient":
      return await recordProblem(deps, claim, {
        code: presented.code,
        pause: "failing",
        // What a gateway asks for says nothing about HighLevel's limits.
        atLeast: presented.code === "rate_limited" ? presented.pauseSeconds : null,
      });
  }
}

async function releaseCanary(deps: RotationDependencies, claim: Claim): Promise<void> {
  const later = claim.claimedAt.getTime() + (1 + deps.random()) * CANARY_PAUSE_MILLISECONDS;
  await releaseClaim(deps, claim, new Date(Math.max(claim.dueAt.getTime(), later)));
}

/** HighLevel refuses a removed install in the words in which it refuses a wrong secret; the others' fate tells which. */
async function recordRefusal(deps: RotationDependencies, claim: Claim): Promise<void> {
  const isCounted = isRefusedAlone(deps, claim) && isLongSinceLast(claim);
  const loneRefusals = claim.loneRefusals + (isCounted ? 1 : 0);
  const refusal = { loneRefusals, isRefusalCounted: isCounted || claim.lastRefusedAt === null };
  await recordProblem(
    deps,
    claim,
    loneRefusals >= LONE_REFUSALS_UNTIL_REVOKED
      ? { code: "install_revoked", pause: "revoked", ...refusal }
      : { code: "client_rejected", pause: "failing", atLeast: SHORTEST_REFUSED_SECONDS, ...refusal },
  );
}

/** True when the same credentials were accepted for another install after this one was last refused with them. */
function isRefusedAlone({ gate, app }: RotationDependencies, claim: Claim): boolean {
  const acceptedAt = gate.acceptedAt();
  return isOfThisClient(app, claim) && claim.lastRefusedAt !== null && acceptedAt !== null &&
    acceptedAt > claim.lastRefusedAt;
}

function isLongSinceLast({ claimedAt, lastRefusedAt }: Claim): boolean {
  return lastRefusedAt !== null &&
    claimedAt.getTime() - lastRefusedAt.getTime() >= COUNTED_REFUSED_SECONDS * 1000;
}

/** Tokens belong to the client that got them. Those of another one tell nothing of the credentials, and the other way round. */
function isOfThisClient({ clientId }: HighLevelApp, claim: Claim): boolean {
  return claim.clientId === null || claim.clientId === clientId;
}

interface Problem {
  readonly code: ConnectionProblemCode;
  /** Absent: it is not tried again. */
  readonly pause?: PauseReason;
  readonly atLeast?: number | null;
  readonly loneRefusals?: number;
  readonly isRefusalCounted?: boolean;
}

async function recordProblem(deps: RotationDependencies, claim: Claim, problem: Problem): Promise<void> {
  const { database, logger, random, reach } = deps;
  const { code, pause, atLeast = null, loneRefusals = claim.loneRefusals, isRefusalCounted = false } =
    problem;
  const retryAfterSeconds = pause === undefined
    ? null
    : backOffSeconds({ reason: pause, failures: claim.failures, atLeast }, random);
  const failure = { code, retryAfterSeconds, loneRefusals, isRefusalCounted };
  const isStored = await retryWhileUnavailable(
    () => askWithin(database, (db) => recordFailure(db, claim, failure), QUERY_MILLISECONDS),
    RECORD_MILLISECONDS,
  );
  await reach("failure_recorded", claim.connectionId);
  if (!isStored) logger.info("rotation_ended", { connection_id: claim.connectionId, outcome: "superseded" });
  else if (code !== claim.problemCode) {
    logger[pause === "failing" ? "warn" : "error"]("connection_trouble", {
      connection_id: claim.connectionId,
      code,
      retry_after_seconds: retryAfterSeconds === null ? null : Math.round(retryAfterSeconds),
    });
  }
}

function callOutcomeFor(presented: Presented, claim: Claim, deps: RotationDependencies): CallOutcome {
  const { connectionId, claimedAt, loneRefusals } = claim;
  switch (presented.kind) {
    case "rotated":
      return { kind: "accepted", claimedAt };
    case "client_rejected": {
      const alone = loneRefusals > 0 || isRefusedAlone(deps, claim) || !isOfThisClient(deps.app, claim);
      return alone ? { kind: "answered" } : { kind: "refused", what: "client", connectionId };
    }
    case "dead":
      return { kind: "refused", what: "token", connectionId };
    case "paused":
      return { kind: "answered" };
    case "transient":
      switch (presented.code) {
        case "highlevel_unavailable":
          return { kind: "unavailable", connectionId };
        case "rate_limited":
          return { kind: "limited", connectionId, pauseSeconds: presented.pauseSeconds };
        case "request_rejected":
          return { kind: "answered" };
      }
      break;
    case "taken_over":
    case "handed_over":
    case "too_late":
      return { kind: "not_called" };
  }
}

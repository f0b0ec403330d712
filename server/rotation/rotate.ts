/** One rotation of a connection that was claimed: present its token, judge the answer, commit what came of it. */
import type { ConnectionProblemCode } from "#shared/connection_status.ts";
import type { HighLevelApp } from "../config.ts";
import { tokenContext } from "../connections/token_context.ts";
import type { EncryptionKeys } from "../crypto/encryption_keys.ts";
import { open } from "../crypto/seal.ts";
import type { Database } from "../db/connect_database.ts";
import { isDatabaseUnavailable, retryWhileUnavailable, withinDeadline } from "../db/database_unavailable.ts";
import type { RenewedTokens } from "../highlevel/judge_refresh.ts";
import { refreshTokens } from "../highlevel/refresh_tokens.ts";
import { errorFields, type Logger } from "../log.ts";
import { backOffSeconds, type PauseReason } from "./back_off.ts";
import type { CallGate, CallOutcome, Pass } from "./call_gate.ts";
import { type Claim, releaseClaim, renewLease } from "./claim.ts";
import { keepAnswer } from "./keep_answer.ts";
import { type Presented, presentToken } from "./present_token.ts";
import { recordFailure } from "./record_failure.ts";
import type { RecoveryJournal } from "./recovery_journal.ts";
import type { RotationClock } from "./rotation_clock.ts";
import { CALL_MILLISECONDS } from "./rotation_times.ts";
import type { ReachStep } from "./steps.ts";
import type { RotationCause } from "./store_tokens.ts";

/** What every rotation of a process works with. */
export interface RotationDependencies {
  readonly app: HighLevelApp;
  readonly keys: EncryptionKeys;
  readonly database: Database;
  readonly fetch: typeof fetch;
  readonly logger: Logger;
  readonly journal: RecoveryJournal;
  readonly gate: CallGate;
  readonly clock: RotationClock;
  readonly random: () => number;
  readonly reach: ReachStep;
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
/** Between refusals of the credentials, so that those of one install are spread over more than half an hour. */
const SHORTEST_REFUSED_SECONDS = 10 * 60;
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
    const refreshToken = openRefreshToken(deps, claim);
    if (refreshToken === undefined) {
      await recordProblem(deps, claim, { code: "token_unreadable", pause: "paused" });
      return;
    }
    const began = deps.clock.monotonic();
    const presented = await present(deps, claim, refreshToken);
    // At once: others must not start in the time that it takes to store this.
    gate.settle(options.pass, callOutcomeFor(presented, claim, gate));
    await reach("answered", claim.connectionId);
    if (presented.kind === "rotated") {
      const elapsed = deps.clock.monotonic() - began;
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
  const { app, fetch, logger, database, clock, random, stopping } = deps;
  const { connectionId, kind, secondsSinceStart } = claim;
  const presented = await presentToken({
    call: async () =>
      await refreshTokens({
        app,
        refreshToken,
        kind,
        fetch,
        deadlineMilliseconds: CALL_MILLISECONDS,
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
        return await withinDeadline(renewLease(database, claim), CALL_MILLISECONDS);
      } catch (error) {
        // With the database away the window is still worth using: the answer can be kept until it is back.
        if (isDatabaseUnavailable(error)) return true;
        throw error;
      }
    },
    secondsSinceStart,
    clock,
    random,
    stopping,
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
  const outcome = await keepAnswer(deps, answer, cause);
  deps.logger.info("rotation_ended", { connection_id: connectionId, outcome });
}

async function recordOutcome(
  deps: RotationDependencies,
  claim: Claim,
  presented: Exclude<Presented, { kind: "rotated" }>,
  { isCanary }: RotateOptions,
): Promise<void> {
  switch (presented.kind) {
    case "taken_over":
      return;
    case "interrupted":
      return await releaseClaim(deps.database, claim, { resume: true });
    case "dead":
      return await recordProblem(deps, claim, { code: "refresh_token_rejected" });
    case "paused":
      return await recordProblem(deps, claim, { code: "location_inactive", pause: "paused" });
    case "client_rejected":
      return isCanary ? await releaseCanary(deps, claim) : await recordRefusal(deps, claim);
    case "transient":
      return await recordProblem(deps, claim, {
        code: presented.code,
        pause: "failing",
        atLeast: presented.pauseSeconds,
      });
  }
}

async function releaseCanary({ database, random }: RotationDependencies, claim: Claim): Promise<void> {
  const later = claim.claimedAt.getTime() + (1 + random()) * CANARY_PAUSE_MILLISECONDS;
  const nextAt = new Date(Math.max(claim.dueAt.getTime(), later));
  await releaseClaim(database, claim, { resume: false, nextAt });
}

/** HighLevel refuses a removed install in the words in which it refuses a wrong secret; the others' fate tells which. */
async function recordRefusal(deps: RotationDependencies, claim: Claim): Promise<void> {
  const loneRefusals = claim.loneRefusals + (isRefusedAlone(deps.gate, claim) ? 1 : 0);
  await recordProblem(
    deps,
    claim,
    loneRefusals >= LONE_REFUSALS_UNTIL_REVOKED
      ? { code: "install_revoked", pause: "revoked", loneRefusals }
      : { code: "client_rejected", pause: "failing", atLeast: SHORTEST_REFUSED_SECONDS, loneRefusals },
  );
}

/** True when the same credentials were accepted for another install after this one was last refused with them. */
function isRefusedAlone(gate: CallGate, { lastRefusedAt }: Claim): boolean {
  const acceptedAt = gate.acceptedAt();
  return lastRefusedAt !== null && acceptedAt !== null && acceptedAt > lastRefusedAt;
}

interface Problem {
  readonly code: ConnectionProblemCode;
  /** Absent: it is not tried again. */
  readonly pause?: PauseReason;
  readonly atLeast?: number | null;
  readonly loneRefusals?: number;
}

async function recordProblem(deps: RotationDependencies, claim: Claim, problem: Problem): Promise<void> {
  const { database, logger, random, reach } = deps;
  const { code, pause, atLeast = null, loneRefusals = claim.loneRefusals } = problem;
  const retryAfterSeconds = pause === undefined
    ? null
    : backOffSeconds({ reason: pause, failures: claim.failures, atLeast }, random);
  const isStored = await retryWhileUnavailable(
    () =>
      withinDeadline(
        recordFailure(database, claim, { code, retryAfterSeconds, loneRefusals }),
        CALL_MILLISECONDS,
      ),
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

function callOutcomeFor(presented: Presented, claim: Claim, gate: CallGate): CallOutcome {
  const { connectionId, claimedAt, loneRefusals } = claim;
  switch (presented.kind) {
    case "rotated":
      return { kind: "accepted", claimedAt, pauseSeconds: presented.pauseSeconds };
    case "client_rejected":
      return {
        kind: "client_rejected",
        connectionId,
        alone: loneRefusals > 0 || isRefusedAlone(gate, claim),
      };
    case "dead":
    case "paused":
      return { kind: "answered", pauseSeconds: null };
    case "transient":
      return presented.code === "highlevel_unavailable"
        ? { kind: "unavailable", connectionId }
        : { kind: "answered", pauseSeconds: presented.pauseSeconds };
    case "taken_over":
    case "interrupted":
      return { kind: "not_called" };
  }
}

/** One rotation of a connection that was claimed: present its token, judge the answer, commit what came of it. */
import { tokenContext } from "../connections/token_context.ts";
import { open } from "../crypto/seal.ts";
import { isDatabaseUnavailable } from "../db/database_unavailable.ts";
import type { RenewedTokens } from "../highlevel/judge_refresh.ts";
import { refreshTokens } from "../highlevel/refresh_tokens.ts";
import { errorFields } from "../log.ts";
import type { Pass } from "./call_gate.ts";
import { callOutcomeFor } from "./call_outcome.ts";
import { abandonClaim, type Claim, renewLease } from "./claim.ts";
import { keepAnswer } from "./keep_answer.ts";
import { type Presented, presentToken } from "./present_token.ts";
import { recordOutcome, recordProblem } from "./record_outcome.ts";
import type { RotationDependencies } from "./rotation_dependencies.ts";
import type { RotationCause } from "./store_tokens.ts";

export interface RotateOptions {
  readonly cause: RotationCause;
  readonly pass: Pass;
  /** It was claimed to ask HighLevel about the credentials, so that a refusal says nothing about this connection. */
  readonly isCanary: boolean;
}

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
    // With the database away the window is still worth using: the answer can be kept until it is back.
    renew: () => orWhenAway(renewLease(deps, claim), true),
    secondsSinceStart,
    askedAt,
    clock,
    random,
    stopping,
    handOver: () => orWhenAway(abandonClaim(deps, claim).then(() => true), false),
  });
  if (presented.kind !== "rotated" || isOfInstall(presented.tokens, claim)) return presented;
  logger.error("refresh_answer_of_another_install", { connection_id: connectionId });
  return { kind: "transient", code: "highlevel_unavailable", mayHaveRotated: true, pauseSeconds: null };
}

async function orWhenAway(asked: Promise<boolean>, answer: boolean): Promise<boolean> {
  try {
    return await asked;
  } catch (error) {
    if (isDatabaseUnavailable(error)) return answer;
    throw error;
  }
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

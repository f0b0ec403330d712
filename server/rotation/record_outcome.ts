/** Commits what came of a rotation that brought no tokens: nothing, a problem, or the connection as it was. */
import type { ConnectionProblemCode } from "#shared/connection_status.ts";
import { wipeConnection } from "../connections/wipe_connection.ts";
import type { Database } from "../db/connect_database.ts";
import { askWithin, retryWhileUnavailable } from "../db/database_unavailable.ts";
import { backOffSeconds, type PauseReason } from "./back_off.ts";
import { abandonClaim, type Claim, releaseClaim } from "./claim.ts";
import { isAcceptedLately, isLongSinceLast, isRefusedAlone } from "./lone_refusal.ts";
import type { Presented } from "./present_token.ts";
import { recordFailure } from "./record_failure.ts";
import type { RotationDependencies } from "./rotation_dependencies.ts";
import { QUERY_MILLISECONDS } from "./rotation_times.ts";

/** An outcome that cannot be stored for this long is left to the next holder: the lease has ended by then. */
const RECORD_MILLISECONDS = 10_000;
/** So often an install must be refused while others are accepted, before it counts as removed. */
const LONE_REFUSALS_UNTIL_REVOKED = 3;
/** Between refusals of the credentials, so that those of one install are spread over half an hour. */
const SHORTEST_REFUSED_SECONDS = 10 * 60;
/** Of an install that may be uninstalled: others are asked meanwhile. */
const SHORTEST_SUSPECTED_SECONDS = 15;
/** The next try after the verdict comes half a day later at the earliest. */
const REVOKED_FOR_LONG_MILLISECONDS = 11 * 60 * 60_000;
/** A canary that was refused is not asked again before others. */
const CANARY_PAUSE_MILLISECONDS = 10 * 60_000;

/** `isCanary`: a refusal says nothing about this connection. Throws when the database fails for longer. */
export async function recordOutcome(
  deps: RotationDependencies,
  claim: Claim,
  presented: Exclude<Presented, { kind: "rotated" }>,
  { isCanary }: { isCanary: boolean },
): Promise<void> {
  switch (presented.kind) {
    case "taken_over":
    case "handed_over":
      return;
    case "too_late":
      // Whoever began this window may have used the token up; in a window of our own nobody has.
      return claim.secondsSinceStart > 0 ? await abandonClaim(deps, claim) : await releaseClaim(deps, claim);
    case "dead":
      // Unless HighLevel refuses the tokens of everybody.
      if (claim.suspectedAt !== null && deps.gate.shutFor() !== "tokens_rejected") {
        return await recordUninstall(deps, claim, "uninstalled");
      }
      return isCanary
        ? await releaseCanary(deps, claim)
        : await recordProblem(deps, claim, { code: "refresh_token_rejected" });
    case "paused":
      return await recordProblem(deps, claim, { code: "location_inactive", pause: "paused" });
    case "client_rejected":
      if (await isConfirmed(deps, claim)) return await recordUninstall(deps, claim, "uninstalled");
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

/** The install is gone, and so are its tokens; unless somebody brought others meanwhile. */
async function recordUninstall(deps: RotationDependencies, claim: Claim, cause: string): Promise<void> {
  const { database, logger, reach } = deps;
  const { connectionId, generation } = claim;
  let isWiped = false;
  const wipe = (db: Database) =>
    db.begin(async (tx) => {
      isWiped = await wipeConnection(tx, { connectionId, generation, cause, actor: "highlevel" });
    });
  await retryWhileUnavailable(() => askWithin(database, wipe, QUERY_MILLISECONDS), RECORD_MILLISECONDS);
  await reach("failure_recorded", connectionId);
  logger.warn("connection_ended", {
    connection_id: connectionId,
    cause,
    outcome: isWiped ? "wiped" : "superseded",
  });
}

/** HighLevel refuses a removed install in the words in which it refuses a wrong secret; the others' fate tells which. */
async function recordRefusal(deps: RotationDependencies, claim: Claim): Promise<void> {
  if (isRevokedForLong(claim)) return await recordUninstall(deps, claim, "install_revoked");
  const isCounted = isRefusedAlone(deps, claim) && isLongSinceLast(claim);
  const loneRefusals = claim.loneRefusals + (isCounted ? 1 : 0);
  const refusal = { loneRefusals, isRefusalCounted: isCounted || claim.lastRefusedAt === null };
  // By then it is known what the credentials are worth.
  const atLeast = claim.suspectedAt === null ? SHORTEST_REFUSED_SECONDS : SHORTEST_SUSPECTED_SECONDS;
  await recordProblem(
    deps,
    claim,
    loneRefusals >= LONE_REFUSALS_UNTIL_REVOKED
      ? { code: "install_revoked", pause: "revoked", ...refusal }
      : { code: "client_rejected", pause: "failing", atLeast, ...refusal },
  );
}

/** A suspicion that the refusal of the credentials confirms: others are accepted, or there are none and it lasts for long. */
async function isConfirmed(deps: RotationDependencies, claim: Claim): Promise<boolean> {
  const { connectionId, suspectedAt, claimedAt } = claim;
  if (suspectedAt === null) return false;
  if (isAcceptedLately(deps, claim)) return true;
  if (claimedAt.getTime() - suspectedAt.getTime() < REVOKED_FOR_LONG_MILLISECONDS) return false;
  // With others there, none of which is accepted, it is the credentials that are refused.
  const others = await askWithin(
    deps.database,
    (db) => db`SELECT FROM connections WHERE refresh_token IS NOT NULL AND id <> ${connectionId} LIMIT 1`,
    QUERY_MILLISECONDS,
  );
  return others.length === 0;
}

/** Refused while others are accepted, and again after half a day: no fault of a moment. */
function isRevokedForLong({ problemCode, problemSince, claimedAt }: Claim): boolean {
  return problemCode === "install_revoked" && problemSince !== null &&
    claimedAt.getTime() - problemSince.getTime() >= REVOKED_FOR_LONG_MILLISECONDS;
}

interface Problem {
  readonly code: ConnectionProblemCode;
  /** Absent: it is not tried again. */
  readonly pause?: PauseReason;
  readonly atLeast?: number | null;
  readonly loneRefusals?: number;
  readonly isRefusalCounted?: boolean;
}

/** Throws when the database fails for longer. */
export async function recordProblem(
  deps: RotationDependencies,
  claim: Claim,
  problem: Problem,
): Promise<void> {
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

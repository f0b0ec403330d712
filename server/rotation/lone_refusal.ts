/** Tells an install that HighLevel refuses alone from one that is refused together with everybody's. */
import type { Claim } from "./claim.ts";
import type { RotationDependencies } from "./rotation_dependencies.ts";

type Refusal = Pick<RotationDependencies, "gate" | "app">;

/** A refusal so soon after the last one, because a person wanted to see it, does not count as another. */
const COUNTED_REFUSED_SECONDS = 9 * 60;
const ACCEPTED_LATELY_SECONDS = 5 * 60;

/** True when the same credentials were accepted for another install after this one was last refused with them. */
export function isRefusedAlone({ gate, app }: Refusal, claim: Claim): boolean {
  const acceptedAt = gate.acceptedAt();
  return isOfThisClient(app, claim) && claim.lastRefusedAt !== null && acceptedAt !== null &&
    acceptedAt > claim.lastRefusedAt;
}

/** True when the same credentials were accepted for somebody a moment ago: they are not what is refused. */
export function isAcceptedLately({ gate, app }: Refusal, claim: Claim): boolean {
  const acceptedAt = gate.acceptedAt();
  return isOfThisClient(app, claim) && acceptedAt !== null &&
    claim.claimedAt.getTime() - acceptedAt.getTime() < ACCEPTED_LATELY_SECONDS * 1000;
}

/** True when the last refusal that counted is some time ago. */
export function isLongSinceLast({ claimedAt, lastRefusedAt }: Claim): boolean {
  return lastRefusedAt !== null &&
    claimedAt.getTime() - lastRefusedAt.getTime() >= COUNTED_REFUSED_SECONDS * 1000;
}

/** Tokens belong to the client that got them. Those of another one tell nothing of the credentials, and the other way round. */
export function isOfThisClient({ clientId }: Refusal["app"], claim: Claim): boolean {
  return claim.clientId === null || claim.clientId === clientId;
}

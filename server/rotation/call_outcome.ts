/** What a presented token tells about everybody's calls: a pure mapping for the gate. */
import type { Transient } from "../highlevel/judge_refresh.ts";
import type { CallOutcome } from "./call_gate.ts";
import type { Claim } from "./claim.ts";
import { isAcceptedLately, isOfThisClient, isRefusedAlone } from "./lone_refusal.ts";
import type { Presented } from "./present_token.ts";
import type { RotationDependencies } from "./rotation_dependencies.ts";

/** Installs that may be gone are often gone together: whatever they tell of the credentials, they tell as one. */
const SUSPECTED = "suspected";

export function callOutcomeFor(
  presented: Presented,
  claim: Claim,
  deps: Pick<RotationDependencies, "gate" | "app">,
): CallOutcome {
  const { connectionId, claimedAt, loneRefusals } = claim;
  const isSuspected = claim.suspectedAt !== null;
  switch (presented.kind) {
    case "rotated":
      return { kind: "accepted", claimedAt };
    case "client_rejected": {
      const alone = isSuspected && isAcceptedLately(deps, claim) || loneRefusals > 0 ||
        isRefusedAlone(deps, claim) ||
        !isOfThisClient(deps.app, claim);
      if (alone) return { kind: "answered" };
      return { kind: "refused", what: "client", connectionId: isSuspected ? SUSPECTED : connectionId };
    }
    case "dead":
      return isSuspected ? { kind: "answered" } : { kind: "refused", what: "token", connectionId };
    case "paused":
      return { kind: "answered" };
    case "transient":
      return transientOutcomeFor(presented, connectionId);
    case "taken_over":
    case "handed_over":
    case "too_late":
      return { kind: "not_called" };
  }
}

function transientOutcomeFor({ code, pauseSeconds }: Transient, connectionId: string): CallOutcome {
  switch (code) {
    case "highlevel_unavailable":
      return { kind: "unavailable", connectionId };
    case "rate_limited":
      return { kind: "limited", connectionId, pauseSeconds };
    case "request_rejected":
      return { kind: "answered" };
  }
}

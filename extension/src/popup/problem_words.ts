/** Sentence and next step of a connection that is not well: what it means first, then the cause and what to do. */
import {
  CONNECTION_PROBLEM_CODES,
  type ConnectionProblemCode,
  type ConnectionStatus,
} from "#shared/connection_status.ts";
import type { MessageKey, Text } from "../text.ts";
import { accessOf } from "./access.ts";

export type Words = { sentence: Text; nextStep: Text | null };

/** Null when there is none, or one of a newer server that this version has no words for. */
function knownCode({ problem }: ConnectionStatus): ConnectionProblemCode | null {
  return CONNECTION_PROBLEM_CODES.find((code) => code === problem?.code) ?? null;
}

export function degradedWords(status: ConnectionStatus, now: number): Words {
  const sentences: Record<ReturnType<typeof accessOf>, MessageKey> = {
    works: "degraded_works",
    ended: "degraded_ended",
    unknown: "degraded",
  };
  return { sentence: { key: sentences[accessOf(status, now)] }, nextStep: { key: degradedNextStep(status) } };
}

function degradedNextStep(status: ConnectionStatus): MessageKey {
  const isRetried = status.problem !== null && status.problem.retryAt !== null;
  const code = knownCode(status);
  switch (code) {
    case "highlevel_unavailable":
      return isRetried ? "degraded_highlevel_unavailable_next" : "degraded_next";
    case "rate_limited":
      return isRetried ? "degraded_rate_limited_next" : "degraded_next";
    case "request_rejected":
      return "degraded_request_rejected_next";
    case "client_rejected":
      return "degraded_client_rejected_next";
    case "token_unreadable":
      return "degraded_token_unreadable_next";
    // These belong to other states, and say nothing about this one.
    case "location_inactive":
    case "refresh_token_rejected":
    case "install_revoked":
    case null:
      return "degraded_next";
  }
}

export function pausedWords(status: ConnectionStatus): Words {
  return knownCode(status) === "location_inactive"
    ? { sentence: { key: "paused_location_inactive" }, nextStep: { key: "paused_location_inactive_next" } }
    : { sentence: { key: "paused" }, nextStep: { key: "paused_next" } };
}

export function reconnectWords(status: ConnectionStatus): Words {
  const nextStep: Text = { key: "reconnect_required_next" };
  switch (knownCode(status)) {
    case "refresh_token_rejected":
      return { sentence: { key: "reconnect_refresh_token_rejected" }, nextStep };
    case "install_revoked":
      return { sentence: { key: "reconnect_install_revoked" }, nextStep };
    default:
      return { sentence: { key: "reconnect_required" }, nextStep };
  }
}

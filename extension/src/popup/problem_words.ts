/** Sentence and next step of a connection: what its state means first, then the cause and what to do. */
import {
  CONNECTION_PROBLEM_CODES,
  type ConnectionProblemCode,
  type ConnectionStatus,
} from "#shared/connection_status.ts";
import type { MessageKey, Text } from "../text.ts";
import { accessOf } from "./access.ts";
import { lacksScopes } from "./note.ts";
import { isBeingRemoved } from "./removal.ts";

export type Words = { sentence: Text; nextStep: Text | null };

/** Null when there is none, or one of a newer server that this version has no words for. */
function knownCode({ problem }: ConnectionStatus): ConnectionProblemCode | null {
  return CONNECTION_PROBLEM_CODES.find((code) => code === problem?.code) ?? null;
}

export function connectedWords(status: ConnectionStatus): Words {
  const isByAgency = status.kind === "company";
  if (lacksScopes(status)) {
    return {
      sentence: { key: "scopes_missing" },
      nextStep: { key: isByAgency ? "scopes_missing_by_company_next" : "scopes_missing_next" },
    };
  }
  return {
    sentence: { key: isByAgency ? "connected_by_company" : "connected" },
    nextStep: { key: "connected_next" },
  };
}

export function degradedWords(status: ConnectionStatus, now: number): Words {
  if (isBeingRemoved(status)) {
    return { sentence: { key: "removal_pending" }, nextStep: { key: "removal_pending_next" } };
  }
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
    case "scope_missing":
    case "removal_pending":
    case null:
      return "degraded_next";
  }
}

export function pausedWords(status: ConnectionStatus): Words {
  return knownCode(status) === "location_inactive"
    ? { sentence: { key: "paused_location_inactive" }, nextStep: { key: "paused_location_inactive_next" } }
    : { sentence: { key: "paused" }, nextStep: { key: "paused_next" } };
}

/**
 * One sign-in of the agency restores all its locations. A location that connects itself helps nobody else, and is a second
 * install to look after.
 */
export function reconnectWords(status: ConnectionStatus): Words {
  const isByAgency = status.kind === "company";
  const nextStep: Text = { key: isByAgency ? "reconnect_by_company_next" : "reconnect_required_next" };
  switch (knownCode(status)) {
    case "scope_missing":
      return {
        sentence: { key: "reconnect_scope_missing" },
        nextStep: { key: "reconnect_scope_missing_next" },
      };
    case "refresh_token_rejected":
      return {
        sentence: {
          key: isByAgency ? "reconnect_by_company_token_rejected" : "reconnect_refresh_token_rejected",
        },
        nextStep,
      };
    case "install_revoked":
      return {
        sentence: { key: isByAgency ? "reconnect_by_company_revoked" : "reconnect_install_revoked" },
        nextStep,
      };
    default:
      return { sentence: { key: isByAgency ? "reconnect_by_company" : "reconnect_required" }, nextStep };
  }
}

/** The one mapping from why refreshing fails to the state that a connection is in. */
import {
  CONNECTION_PROBLEM_CODES,
  type ConnectionProblemCode,
  type ConnectionState,
} from "#shared/connection_status.ts";

/** The state of a connection that has tokens. Codes of a newer version count as trouble that passes. */
export function stateFor(problemCode: string | null): Exclude<ConnectionState, "not_connected"> {
  switch (problemCode) {
    case null:
      return "connected";
    case "location_inactive":
      return "paused";
    case "refresh_token_rejected":
    case "install_revoked":
    case "scope_missing":
      return "reconnect_required";
    default:
      return "degraded";
  }
}

/** All codes that lead to this state. */
export function codesOf(state: ConnectionState): readonly ConnectionProblemCode[] {
  return CONNECTION_PROBLEM_CODES.filter((code) => stateFor(code) === state);
}

/** All codes that lead to the same state as `problemCode`: a change among them does not begin a new state. */
export function codesOfSameState(problemCode: ConnectionProblemCode): readonly ConnectionProblemCode[] {
  return codesOf(stateFor(problemCode));
}

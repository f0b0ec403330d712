/** Commits that a rotation brought no tokens: why, since when, and when to try again. */
import type { ConnectionProblemCode } from "#shared/connection_status.ts";
import { insertEvents } from "../connections/append_event.ts";
import type { Database } from "../db/connect_database.ts";
import type { Claim } from "./claim.ts";
import { codesOfSameState, stateFor } from "../connections/problem_state.ts";

/** HighLevel may refuse the token because the app was uninstalled: the access token may still be good for asking. */
const MAY_BE_UNINSTALLED: readonly ConnectionProblemCode[] = [
  "client_rejected",
  "refresh_token_rejected",
  "install_revoked",
];

export interface RotationFailure {
  readonly code: ConnectionProblemCode;
  /** Until the next try; `null`: none, because it could only be refused again. */
  readonly retryAfterSeconds: number | null;
  /** How often HighLevel has refused this install alone, this time included if it counts. */
  readonly loneRefusals: number;
  /** The time until the next refusal that counts begins now. */
  readonly isRefusalCounted: boolean;
}

/**
 * Stores the failure if the row still holds the very token that was presented and the claim is still ours: a verdict on
 * a token that was replaced meanwhile says nothing. Returns whether it was stored. A row of the history is left when the
 * state or its cause changes. Throws when the database fails.
 */
export async function recordFailure(
  db: Database,
  { connectionId, generation, leaseId, refreshToken }: Claim,
  { code, retryAfterSeconds, loneRefusals, isRefusalCounted }: RotationFailure,
): Promise<boolean> {
  const stored = await db`
    WITH held AS (
      SELECT id, problem_code FROM connections
      WHERE id = ${connectionId} AND generation = ${generation} AND lease_id = ${leaseId}
        AND refresh_token = ${refreshToken}
      FOR UPDATE
    ), changed AS (
      UPDATE connections c SET
        problem_code = ${code},
        problem_since = CASE
          WHEN c.problem_code = ANY(${codesOfSameState(code)}) THEN c.problem_since ELSE now() END,
        failures = c.failures + 1,
        lone_refusals = ${loneRefusals},
        last_refused_at = ${isRefusalCounted ? db`now()` : db`c.last_refused_at`},
        -- A doubt that came up while the token was on its way is not answered by it, whatever the answer.
        next_refresh_at = CASE WHEN c.uninstall_suspected_at > c.rotation_started_at THEN now()
          ELSE now() + make_interval(secs => ${retryAfterSeconds}) END,
        check_due_at = ${MAY_BE_UNINSTALLED.includes(code) ? db`now()` : db`c.check_due_at`},
        lease_id = NULL, lease_expires_at = NULL, rotation_started_at = NULL,
        updated_at = now()
      FROM held WHERE c.id = held.id
      RETURNING c.id, held.problem_code AS before
    ), noted AS (
      ${insertEvents(db)}
      SELECT id, ${stateFor(code)}, ${code}, 'relatch' FROM changed WHERE before IS DISTINCT FROM ${code}
    )
    SELECT id FROM changed`;
  return stored.length > 0;
}

/** Writes down that a person disconnects an install, before HighLevel is told: whatever fails then is tried again. */
import { appendEvent } from "../connections/append_event.ts";
import { isInstalled, viewedConnections } from "../connections/connection_view.ts";
import { readGrant } from "../connections/read_grant.ts";
import type { Fragment, Queryable, Transaction } from "../db/connect_database.ts";
import { failure, type Result, success } from "../result.ts";
import type { Obstacle } from "./removal_outcome.ts";

/** Longer than the calls of a removal take: then whoever began it is gone, or too slow for a second try to do harm. */
export const REMOVAL_LEASE_SECONDS = 60;

/** A removal that is ours until its lease ends. */
export interface ClaimedRemoval {
  readonly connectionId: string;
  readonly failures: number;
  /** When it was wished; another value in the row means that it was taken back, and wished again since. */
  readonly requestedAt: string;
  readonly lease: string;
  /** A person asks for this very try, and waits for it. */
  readonly isAskedFor: boolean;
  /** What kept the tries before this one from being made, and for how long and in how many of them it was the same. */
  readonly obstacle: Obstacle | null;
  readonly obstacleSeconds: number;
  readonly obstacleTries: number;
}

/** The columns of a {@linkcode ClaimedRemoval}, for the row that is updated. */
export function claimedRemoval(
  db: Queryable,
  { isAskedFor }: Pick<ClaimedRemoval, "isAskedFor">,
): Fragment {
  return db`
    id AS "connectionId", removal_failures AS failures, removal_requested_at::text AS "requestedAt",
    removal_due_at::text AS lease, ${isAskedFor}::boolean AS "isAskedFor", removal_obstacle AS obstacle,
    coalesce(extract(epoch FROM now() - removal_obstacle_since), 0)::float8 AS "obstacleSeconds",
    removal_obstacle_tries AS "obstacleTries"`;
}

export interface RemovalRequest {
  readonly connectionId: string;
  readonly actor: string;
  /** Of the session that wishes it, which has to be allowed to. Absent: nobody has to be asked. */
  readonly sessionToken?: string | undefined;
}

/**
 * - `not_connected`: there is nothing to remove, or nothing that the session may see
 * - `agency_install`: an agency's install reaches the location, and the session may not act on that one
 */
export type RemovalRefusal = { readonly reason: "not_connected" | "agency_install" };

/**
 * Within the caller's transaction. From now on integrations get no token of the connection. Asked again it is the same
 * removal, at once.
 */
export async function requestRemoval(
  tx: Transaction,
  { connectionId, actor, sessionToken }: RemovalRequest,
): Promise<Result<ClaimedRemoval, RemovalRefusal>> {
  await holdInstalls(tx, connectionId);
  const [installed] = await tx<{ isNew: boolean; isCovered: boolean }[]>`
    SELECT c.removal_requested_at IS NULL AS "isNew", coalesce(v.installed, false) AS "isCovered" FROM ${
    viewedConnections(tx)
  }
    WHERE c.id = ${connectionId} AND ${isInstalled(tx)}`;
  if (installed === undefined) return failure({ reason: "not_connected" });
  const refusal = sessionToken === undefined ? null : await refusalFor(tx, { connectionId, sessionToken });
  if (refusal !== null) return failure(refusal);
  const [claimed] = await tx<ClaimedRemoval[]>`
    UPDATE connections SET
      removal_requested_at = coalesce(removal_requested_at, now()),
      removal_due_at = now() + make_interval(secs => ${REMOVAL_LEASE_SECONDS}),
      removal_is_of_agency = ${installed.isCovered}
    WHERE id = ${connectionId}
    RETURNING ${claimedRemoval(tx, { isAskedFor: true })}`;
  if (claimed === undefined) return failure({ reason: "not_connected" });
  if (installed.isNew) {
    await appendEvent(tx, { connectionId, event: "removal_requested", cause: "disconnected", actor });
  }
  return success(claimed);
}

/** No install of an agency may come between the look at who may remove what, and the wish that it would take back. */
async function holdInstalls(tx: Transaction, connectionId: string): Promise<void> {
  await tx`SELECT FROM coverages WHERE connection_id = ${connectionId} FOR SHARE`;
  // A coverage that is new refers to this row, which waits.
  await tx`SELECT FROM connections WHERE id = ${connectionId} FOR UPDATE`;
}

async function refusalFor(
  tx: Transaction,
  asked: { connectionId: string; sessionToken: string },
): Promise<RemovalRefusal | null> {
  const grant = await readGrant(tx, asked);
  if (grant === undefined || grant.connectionId === null) return { reason: "not_connected" };
  return grant.mayRemove ? null : { reason: "agency_install" };
}

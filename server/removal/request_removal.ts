/** Writes down that a person disconnects an install, before HighLevel is told: whatever fails then is tried again. */
import { appendEvent } from "../connections/append_event.ts";
import { isInstalled, viewedConnections } from "../connections/connection_view.ts";
import type { Fragment, Queryable, Transaction } from "../db/connect_database.ts";

/** Longer than all calls of a removal may take: then whoever began it is gone. */
export const REMOVAL_LEASE_SECONDS = 60;

/** A removal that is ours until its lease ends. */
export interface ClaimedRemoval {
  readonly connectionId: string;
  readonly failures: number;
  /** When it was wished; another value in the row means that it was taken back, and wished again since. */
  readonly requestedAt: string;
  readonly secondsSinceRequest: number;
  readonly lease: string;
}

/** The columns of a {@linkcode ClaimedRemoval}, for the row that is updated. */
export function claimedRemoval(db: Queryable): Fragment {
  return db`
    id AS "connectionId", removal_failures AS failures, removal_requested_at::text AS "requestedAt",
    extract(epoch FROM now() - removal_requested_at)::float8 AS "secondsSinceRequest", removal_due_at::text AS lease`;
}

/**
 * Within the caller's transaction. From now on integrations get no token of the connection. `undefined` when there is
 * nothing to remove. Asked again it is the same removal, at once.
 */
export async function requestRemoval(
  tx: Transaction,
  { connectionId, actor }: { connectionId: string; actor: string },
): Promise<ClaimedRemoval | undefined> {
  const [installed] = await tx<{ isNew: boolean; isCovered: boolean }[]>`
    SELECT c.removal_requested_at IS NULL AS "isNew", coalesce(v.installed, false) AS "isCovered" FROM ${
    viewedConnections(tx)
  }
    WHERE c.id = ${connectionId} AND ${isInstalled(tx)} FOR UPDATE OF c`;
  if (installed === undefined) return undefined;
  const [claimed] = await tx<ClaimedRemoval[]>`
    UPDATE connections SET
      removal_requested_at = coalesce(removal_requested_at, now()),
      removal_due_at = now() + make_interval(secs => ${REMOVAL_LEASE_SECONDS}),
      removal_is_of_agency = ${installed.isCovered}
    WHERE id = ${connectionId}
    RETURNING ${claimedRemoval(tx)}`;
  if (installed.isNew) {
    await appendEvent(tx, { connectionId, event: "removal_requested", cause: "disconnected", actor });
  }
  return claimed;
}

/** How long the scheduler's claim takes, its commit included. */
import { type Claim, claimDue } from "../../../server/rotation/claim.ts";
import { systemClock } from "../../../server/rotation/rotation_clock.ts";
import type { RelatchDatabase } from "../relatch_database.ts";

/** The widest claim that the scheduler makes. */
export const CLAIM_LIMIT = 16;

/**
 * Milliseconds of each claim, one after the other, through rows that were not touched since they were due. When few are
 * left, all are made due again first. Throws when nothing is due.
 */
export async function measureClaims(
  relatch: RelatchDatabase,
  { claims }: { claims: number },
): Promise<readonly number[]> {
  const context = { database: relatch.database, clock: systemClock, isSteady: () => true };
  const milliseconds: number[] = [];
  if (await countDue(relatch) < claims * CLAIM_LIMIT) await makeDueAgain(relatch);
  for (let claim = 0; claim < claims; claim++) {
    const started = performance.now();
    const claimed: readonly Claim[] = await claimDue(context, CLAIM_LIMIT);
    milliseconds.push(performance.now() - started);
    if (claimed.length < CLAIM_LIMIT) throw new Error(`Cannot measure a claim of ${claimed.length}`);
  }
  return milliseconds;
}

async function countDue({ database }: RelatchDatabase): Promise<number> {
  const [row] = await database<{ due: number }[]>`
    SELECT count(*)::int AS due FROM connections WHERE next_refresh_at <= now() AND lease_id IS NULL`;
  return row?.due ?? 0;
}

async function makeDueAgain({ database }: RelatchDatabase): Promise<void> {
  await database`
    UPDATE connections SET next_refresh_at = now() - random() * interval '5 minutes',
      lease_id = NULL, lease_expires_at = NULL, rotation_started_at = NULL
    WHERE lease_id IS NOT NULL`;
  await database`VACUUM ANALYZE connections`;
}

/** Keeps that HighLevel told of an uninstall: an exchange that is under way at that time may bring what is gone already. */
import type { Transaction } from "../db/connect_database.ts";

/** Of the location if one is given, else of the agency. */
export interface UninstallSubject {
  readonly companyId: string | null;
  readonly locationId: string | null;
}

/**
 * Within the caller's transaction. The row is made where there is none yet, and stays locked: who stores the install that is
 * under way comes before this word and is seen, or after it and sees it.
 */
export async function noteUninstall(
  tx: Transaction,
  { companyId, locationId }: UninstallSubject,
): Promise<void> {
  const row = locationId !== null
    ? tx`(id, kind, location_id, uninstall_told_at)
      VALUES (gen_random_uuid(), 'location', ${locationId}, clock_timestamp())
      ON CONFLICT (location_id) WHERE kind = 'location'`
    : tx`(id, kind, company_id, uninstall_told_at)
      VALUES (gen_random_uuid(), 'company', ${companyId}, clock_timestamp())
      ON CONFLICT (company_id) WHERE kind = 'company'`;
  await tx`INSERT INTO connections ${row} DO UPDATE SET uninstall_told_at = excluded.uninstall_told_at`;
}

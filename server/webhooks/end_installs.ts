/** What UNINSTALL says about installs with tokens of their own: a word that is newer than the install ends it. */
import type { Database, Transaction } from "../db/connect_database.ts";
import { noteUninstall } from "../connections/note_uninstall.ts";
import { suspectUninstall } from "../connections/suspect_uninstall.ts";
import { suspectLocations, wipeConnection } from "../connections/wipe_connection.ts";

/** What HighLevel says is uninstalled: a location, or an agency with all its locations. With both, it is the location. */
export interface Uninstalled {
  readonly companyId: string | null;
  readonly locationId: string | null;
  /** When, by HighLevel's clock; `null` when it does not say. */
  readonly at: string | null;
}

const CAUSE = "uninstall_webhook";
/** HighLevel's clock is read from a header without parts of a second: an install may have come so much later than it says. */
const DATE_SECONDS = 1;

/**
 * A word that is older than the last authorisation, or that has no date, may be about an install before: then the refresh
 * token is presented, and HighLevel's answer decides. Locations that installed by themselves go with their agency or not,
 * which HighLevel does not say: theirs are presented too. So it is with a location that an agency's install reached: which of
 * the two was meant is not said.
 */
export async function endInstalls(db: Database, uninstalled: Uninstalled): Promise<void> {
  await db.begin(async (tx) => {
    const { companyId, locationId } = uninstalled;
    if (locationId !== null || companyId !== null) await noteUninstall(tx, uninstalled);
    if (locationId !== null) {
      await endOne(tx, tx`kind = 'location' AND location_id = ${locationId}`, uninstalled);
    } else if (companyId !== null) {
      await endOne(tx, tx`kind = 'company' AND company_id = ${companyId}`, uninstalled);
      await suspectLocations(tx, { companyId, at: uninstalled.at, cause: CAUSE, actor: "highlevel" });
    }
  });
}

async function endOne(
  tx: Transaction,
  condition: ReturnType<Transaction>,
  { at }: Uninstalled,
): Promise<void> {
  const [row] = await tx<{ id: string; isCertain: boolean; isOfBefore: boolean }[]>`
    SELECT id, coalesce(${at}::timestamptz < authorized_at, false) AS "isOfBefore",
      coalesce(${at}::timestamptz >= authorized_at + make_interval(secs => ${DATE_SECONDS}), false)
      AND NOT EXISTS (SELECT FROM coverages v WHERE v.connection_id = connections.id) AS "isCertain"
    FROM connections WHERE ${condition} AND refresh_token IS NOT NULL FOR UPDATE`;
  if (row === undefined) return;
  if (row.isCertain) await wipeConnection(tx, { connectionId: row.id, cause: CAUSE, actor: "highlevel" });
  else await suspectUninstall(tx, { connectionId: row.id, cause: CAUSE, isOfBefore: row.isOfBefore });
}

/** What must never be so at any moment of a history, however much went wrong before. */
import type { HighLevelView } from "./highlevel_view.ts";
import type { StoredRow } from "./rows.ts";
import type { Scene } from "./scene.ts";

export interface Moment {
  readonly highlevel: HighLevelView;
  readonly rows: ReadonlyMap<string, StoredRow>;
}

/** A sentence each. */
export function findViolations({ highlevel, rows }: Moment, scene: Scene): string[] {
  const found: string[] = [];
  for (const resourceId of [...scene.companyIds, ...scene.locationIds]) {
    const row = rows.get(resourceId);
    if (isTakenAway(highlevel, resourceId, row) && !isSaidByHighLevel(highlevel, resourceId)) {
      found.push(`${resourceId} was taken from its people, although HighLevel never ended its install`);
    }
    if (row === undefined) continue;
    if (row.refreshToken !== null) {
      const family = highlevel.familyOf(row.refreshToken);
      // What is doubted has its turn at the next look for rotations.
      if (!row.isSuspected && scene.endedFamilies.has(family.id)) {
        found.push(`${resourceId} has tokens of an install that Relatch removed itself`);
      }
      if (!row.isSuspected && highlevel.wasToldOfEnd(resourceId, family)) {
        found.push(`${resourceId} has tokens of an install whose end Relatch was told of`);
      }
    }
    if (row.mintedToken !== null) {
      const family = highlevel.mintedFamilyOf(row.mintedToken, resourceId);
      if (scene.endedFamilies.has(family.id)) {
        found.push(`${resourceId} has a minted token of an install that Relatch removed itself`);
      }
      if (highlevel.wasToldOfEnd(resourceId, family)) {
        found.push(`${resourceId} has a minted token of an install whose end Relatch was told of`);
      }
    }
    if (row.isCovered && (rows.get(row.coveredBy ?? "")?.refreshToken ?? null) === null) {
      found.push(`${resourceId} counts as reached by an agency that is not connected`);
    }
    if (row.refreshToken === null && row.hasCiphertext) {
      found.push(`${resourceId} has no install, and ciphertext is left`);
    }
    if (!row.isCovered && row.mintedToken !== null) {
      found.push(`${resourceId} is not reached by its agency, and a minted token is left`);
    }
  }
  return found;
}

/** True when HighLevel has not ended the install whose tokens came here last, and they are not here any more. */
export function isTakenAway(
  highlevel: HighLevelView,
  resourceId: string,
  row: StoredRow | undefined,
): boolean {
  return highlevel.lastDelivered(resourceId)?.ended === null && (row?.refreshToken ?? null) === null;
}

/** True when HighLevel said so all the same: its UNINSTALL does not tell which of two installs of a location has ended. */
function isSaidByHighLevel(highlevel: HighLevelView, resourceId: string): boolean {
  const delivered = highlevel.lastDelivered(resourceId);
  return delivered !== undefined && highlevel.wasTold(resourceId, delivered);
}

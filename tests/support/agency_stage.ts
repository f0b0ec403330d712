/** Agencies of a test's Relatch, installed at its simulator, and the work that follows from it, done when a test says so. */
import assert from "node:assert/strict";
import type { TestRelatch } from "./test_relatch.ts";
import { DEFAULT_COMPANIES } from "../simulator/default_settings.ts";
import { numberedLocations } from "../simulator/default_settings.ts";

/** The agency that every simulator has. */
export const COMPANY_ID = DEFAULT_COMPANIES[0]?.id ?? "";

/** Scopes with which an agency's locations can be listed, their tokens minted and the install told about. */
export const AGENCY_SETTINGS: Readonly<Record<string, string>> = {
  HIGHLEVEL_SCOPES: "contacts.readonly oauth.readonly oauth.write marketplace-installer-details.readonly",
};

/** More locations of the agency than the simulator has by default; their ids. */
export function addLocations({ simulator }: Pick<TestRelatch, "simulator">, count: number): string[] {
  const added = numberedLocations(count);
  simulator.settings.locations.push(...added);
  return added.map(({ id }) => id);
}

/** An agency's person installs the app from HighLevel's marketplace. The id of the agency's connection. */
export async function installAgency(
  relatch: TestRelatch,
  { locationIds = "all", companyId = COMPANY_ID, installToFutureLocations = false }: {
    locationIds?: readonly string[] | "all";
    companyId?: string;
    installToFutureLocations?: boolean;
  } = {},
): Promise<string> {
  const code = relatch.simulator.issueCode({
    installer: "agency",
    companyId,
    locationIds: locationIds === "all" ? "all" : [...locationIds],
    scopes: [...relatch.config.highlevel.scopes],
    installToFutureLocations,
  });
  const response = await relatch.app.request(`${relatch.config.callbackPath}?code=${code}`);
  await response.body?.cancel();
  const [row] = await relatch.database<{ id: string }[]>`
    SELECT id FROM connections WHERE kind = 'company' AND company_id = ${companyId} AND refresh_token IS NOT NULL`;
  assert.ok(row !== undefined, `The install of the agency "${companyId}" was not stored`);
  return row.id;
}

/** Does everything that is due now, and what becomes due by it at once. */
export async function keepUp({ upkeep: { worker } }: Pick<TestRelatch, "upkeep">): Promise<void> {
  for (let rounds = 0;; rounds++) {
    assert.ok(rounds < 10_000, "The work does not come to an end");
    const milliseconds = await worker.look();
    // A look that takes all that it may have under way says nothing of what is left.
    if (!await endWork(worker) && milliseconds > 0) return;
  }
}

/** Waits for what is under way; false when that was nothing. */
async function endWork({ idle }: TestRelatch["upkeep"]["worker"]): Promise<boolean> {
  let isOver = false;
  const over = idle().then(() => isOver = true);
  await Promise.resolve();
  const wasBusy = !isOver;
  await over;
  return wasBusy;
}

/** The connection of a location, installed or not; `undefined` when it was never heard of. */
export async function locationConnectionId(
  { database }: Pick<TestRelatch, "database">,
  locationId: string,
): Promise<string | undefined> {
  const [row] = await database<{ id: string }[]>`
    SELECT id FROM connections WHERE kind = 'location' AND location_id = ${locationId}`;
  return row?.id;
}

/** The locations that agencies' installs reach, as far as is stored, in the order of their ids. */
export async function coveredLocations({ database }: Pick<TestRelatch, "database">): Promise<string[]> {
  const rows = await database<{ locationId: string }[]>`
    SELECT c.location_id AS "locationId" FROM coverages v JOIN connections c ON c.id = v.connection_id
    WHERE v.installed ORDER BY c.location_id`;
  return rows.map(({ locationId }) => locationId);
}

/** Locations with an install of their own, as far as is stored, in the order of their ids. */
export async function directLocations({ database }: Pick<TestRelatch, "database">): Promise<string[]> {
  const rows = await database<{ locationId: string }[]>`
    SELECT location_id AS "locationId" FROM connections
    WHERE kind = 'location' AND refresh_token IS NOT NULL ORDER BY location_id`;
  return rows.map(({ locationId }) => locationId);
}

/** The end of a run: nothing goes wrong any more, the servers tidy up, and every connection is refreshed once more. */
import type { Database } from "../../server/db/connect_database.ts";
import type { ChaosWorld } from "./chaos_world.ts";
import { readTruth } from "./tree_verdict.ts";
import { untilNone } from "./until_none.ts";

/** Longer than a rotation is left to whoever began it, and as long again for what it brings. */
const QUIET_MILLISECONDS = 240_000;
const SETTLED_SECONDS = 3;
const REFRESH_MILLISECONDS = 120_000;
/** What living processes have claimed is done by then, mostly. */
const LEASE_MILLISECONDS = 4000;

/** Resolves when every server runs and nothing is left to do but for what a person has to do. */
export async function calmDown(world: ChaosWorld): Promise<void> {
  const { court, faults, door, slots, people, agencyLife, weather } = world;
  court.close();
  door.resume();
  await faults.withdraw();
  await agencyLife.calm();
  await Promise.all(slots.map((slot) => slot.ready()));
  await endRemovals(world);
  await people.finish((locationId) => isThere(world, locationId));
  await weather.calm();
  await settle(world);
  // HighLevel has sent more while that was going on.
  await weather.calm();
  await settle(world);
}

/** Ends every server in order. */
export async function stopServers({ slots }: ChaosWorld): Promise<void> {
  for (const slot of slots) slot.retire();
  await Promise.all(slots.map((slot) => slot.stop()));
}

/**
 * Starts every server again, and waits until they have refreshed every connection and listed every agency. Then each
 * location that an agency reaches gets a token that HighLevel takes.
 */
export async function refreshAll(world: ChaosWorld): Promise<void> {
  const { slots, database, leases, traffic, simulator } = world;
  for (const slot of slots) slot.revive();
  await Promise.all(slots.map((slot) => slot.ready()));
  const [row] = await database<{ now: Date }[]>`SELECT now() AS now`;
  const since = row?.now ?? new Date(0);
  await database`UPDATE connections SET next_refresh_at = now() WHERE refresh_token IS NOT NULL AND lease_id IS NULL`;
  await leases.listAll();
  await untilNone(() => readStale(database, since), {
    what: "every connection is refreshed and every agency listed once more",
    milliseconds: REFRESH_MILLISECONDS,
  });
  await settle(world);
  const { locations } = await readTruth(simulator);
  await traffic.useTokens(locations.filter(({ listed }) => listed).map(({ locationId }) => locationId));
}

function isThere({ locationIds, agencyLife }: ChaosWorld, locationId: string): boolean {
  return locationIds.includes(locationId) || agencyLife.locationIds().includes(locationId);
}

/** Nobody installs again what is still being removed. */
async function endRemovals({ database, leases }: ChaosWorld): Promise<void> {
  const left = async (): Promise<string[]> => {
    const rows = await database<{ id: string }[]>`
      SELECT coalesce(location_id, company_id) AS id FROM connections WHERE removal_requested_at IS NOT NULL`;
    if (rows.length > 0) await leases.breakRemovals();
    // Without an access token nothing can be removed.
    await endPauses(database);
    return rows.map(({ id }) => id);
  };
  await untilNone(left, { what: "nothing is being removed", milliseconds: QUIET_MILLISECONDS });
}

/** Waits until no connection is in trouble, and nothing is due, claimed or in doubt. */
async function settle({ database, leases }: ChaosWorld): Promise<void> {
  let brokenAt = performance.now();
  const left = async (): Promise<string[]> => {
    if (performance.now() - brokenAt > LEASE_MILLISECONDS) {
      brokenAt = performance.now();
      await leases.breakAll();
    }
    await endPauses(database);
    return await readUnsettled(database);
  };
  await untilNone(left, { what: "nothing is left to do", milliseconds: QUIET_MILLISECONDS });
}

/** What is only waiting for the end of a pause would wait for minutes. */
async function endPauses(database: Database): Promise<void> {
  await database`
    UPDATE connections SET next_refresh_at = now() + interval '1 second'
    WHERE problem_code IS NOT NULL AND next_refresh_at > now() + interval '1 second' AND lease_id IS NULL`;
}

/** A connection that a person has to help is not among what is left. */
async function readUnsettled(database: Database): Promise<string[]> {
  const rows = await database<{ what: string }[]>`
    SELECT 'connection ' || coalesce(location_id, company_id) || ' ' || coalesce(problem_code, 'is being renewed') AS what
    FROM connections
    WHERE rotation_started_at < now() - make_interval(secs => ${SETTLED_SECONDS})
      OR problem_code IS NOT NULL AND problem_code NOT IN ('refresh_token_rejected', 'install_revoked')
    UNION ALL
    SELECT 'install ' || coalesce(location_id, company_id) FROM connections
    WHERE check_due_at IS NOT NULL OR removal_requested_at IS NOT NULL OR uninstall_suspected_at IS NOT NULL
    UNION ALL
    SELECT 'coverage ' || connection_id FROM coverages WHERE check_due_at IS NOT NULL OR problem_code IS NOT NULL
    UNION ALL
    SELECT 'webhook ' || webhook_id FROM webhook_inbox WHERE done_at IS NULL
    UNION ALL
    SELECT 'listing ' || g.company_id FROM agencies g
    JOIN connections c ON c.kind = 'company' AND c.company_id = g.company_id AND c.refresh_token IS NOT NULL
    WHERE g.listing_due_at <= now() OR coalesce(g.listed_at <= c.authorized_at, true)`;
  return rows.map(({ what }) => what);
}

async function readStale(database: Database, since: Date): Promise<string[]> {
  const rows = await database<{ what: string }[]>`
    SELECT 'connection ' || coalesce(location_id, company_id) || coalesce(' ' || problem_code, '') AS what
    FROM connections
    WHERE refresh_token IS NOT NULL AND NOT (last_refreshed_at > ${since} AND problem_code IS NULL)
    UNION ALL
    SELECT 'listing ' || g.company_id FROM agencies g
    JOIN connections c ON c.kind = 'company' AND c.company_id = g.company_id AND c.refresh_token IS NOT NULL
    WHERE NOT coalesce(g.listed_at > ${since}, false)`;
  return rows.map(({ what }) => what);
}

/** The end of a run: nothing goes wrong any more, the servers tidy up, and every connection is refreshed once more. */
import { setTimeout as delay } from "node:timers/promises";
import type { Database } from "../../server/db/connect_database.ts";
import { waitUntil } from "../support/wait_until.ts";
import type { ChaosWorld } from "./chaos_world.ts";

/** Longer than a rotation is left to whoever began it, and as long again for what it brings. */
const QUIET_MILLISECONDS = 240_000;
const SETTLED_SECONDS = 3;
const REFRESH_MILLISECONDS = 120_000;
const LOOK_MILLISECONDS = 250;

/** Resolves when every server runs and no connection is in trouble but those that a person has to help. */
export async function calmDown({ court, faults, door, slots, database }: ChaosWorld): Promise<void> {
  court.close();
  door.resume();
  await faults.withdraw();
  await Promise.all(slots.map((slot) => slot.ready()));
  await waitUntil(() => isQuiet(database), "no connection is in trouble", QUIET_MILLISECONDS);
}

/** Ends every server in order. */
export async function stopServers({ slots }: ChaosWorld): Promise<void> {
  for (const slot of slots) slot.retire();
  await Promise.all(slots.map((slot) => slot.stop()));
}

/** Starts every server again, and waits until they have refreshed every connection. */
export async function refreshAll({ slots, database, locationIds }: ChaosWorld): Promise<void> {
  for (const slot of slots) slot.revive();
  await Promise.all(slots.map((slot) => slot.ready()));
  const [row] = await database<{ now: Date }[]>`SELECT now() AS now`;
  const since = row?.now ?? new Date(0);
  await database`UPDATE connections SET next_refresh_at = now() WHERE lease_id IS NULL`;
  await waitUntil(
    async () => await countRefreshed(database, since) === locationIds.length,
    "every connection is refreshed once more",
    REFRESH_MILLISECONDS,
  );
}

/** Also brings forward what is only waiting for the end of a pause, which may be minutes. */
async function isQuiet(database: Database): Promise<boolean> {
  await delay(LOOK_MILLISECONDS);
  await database`
    UPDATE connections SET next_refresh_at = now() + interval '1 second'
    WHERE problem_code IS NOT NULL AND next_refresh_at > now() + interval '1 second' AND lease_id IS NULL`;
  const [row] = await database<{ count: string }[]>`
    SELECT count(*) AS count FROM connections
    WHERE rotation_started_at < now() - make_interval(secs => ${SETTLED_SECONDS})
      OR problem_code IS NOT NULL AND problem_code NOT IN ('refresh_token_rejected', 'install_revoked')`;
  return row?.count === "0";
}

async function countRefreshed(database: Database, since: Date): Promise<number> {
  await delay(LOOK_MILLISECONDS);
  const [row] = await database<{ count: string }[]>`
    SELECT count(*) AS count FROM connections WHERE last_refreshed_at > ${since} AND problem_code IS NULL`;
  return Number(row?.count);
}

/** Time in which Relatch is there: whatever falls due is done soon after. */
import { makeDue } from "../../support/rotation_stage.ts";
import type { HistoryWorld, Process } from "./history_world.ts";

/** Of the rotations' clock, between two looks of one process. */
const LOOK_SECONDS = 1;
const MOST_LOOKS = 40;
/** Access tokens are renewed two hours before they end at the latest, so that within a day nothing is missed. */
const SHORTEST_STEP_SECONDS = 110 * 60;
const MOST_STEPS = 13;

/** Lets `seconds` pass, in which both processes work now and then. */
export async function liveThrough(world: HistoryWorld, seconds: number): Promise<void> {
  const step = Math.max(SHORTEST_STEP_SECONDS, seconds / MOST_STEPS);
  for (let left = seconds; left > 0; left -= step) await live(world, Math.min(left, step));
}

/** Lets `seconds` pass, and does what is due then. */
export async function live(world: HistoryWorld, seconds: number): Promise<void> {
  await world.passTime(seconds);
  await makeDue(world.relatch.database, [world.bystander.id]);
  await tend(world);
}

/** Delivers what HighLevel sends, and does all that is due, until there is no more of it. */
export async function tend(world: HistoryWorld): Promise<void> {
  await world.relatch.simulator.webhooks.pump({ atOnce: 4 });
  await world.keepUp(world.first);
  for (let looks = 0; looks < MOST_LOOKS && await hasDueRotations(world); looks++) {
    await lookForRotations(looks % 2 === 0 ? world.first : world.second);
    world.letClocksRun(LOOK_SECONDS);
  }
  await world.keepUp(world.second);
  await rest(world);
}

/** Brings the time of every token that is waiting for it. */
export async function makeAllDue({ relatch: { database } }: HistoryWorld): Promise<void> {
  await database`
    UPDATE connections SET next_refresh_at = now() WHERE next_refresh_at IS NOT NULL AND lease_id IS NULL`;
}

/** One look, and the end of all that it began. */
export async function lookForRotations({ rotation }: Process): Promise<void> {
  await rotation.scheduler.look();
  await rotation.scheduler.idle();
}

async function hasDueRotations({ relatch: { database } }: HistoryWorld): Promise<boolean> {
  const due = await database`
    SELECT id FROM connections
    WHERE next_refresh_at <= now() AND refresh_token IS NOT NULL AND lease_id IS NULL LIMIT 1`;
  return due.length > 0;
}

/** Waits for what goes on beside all that is waited for: what a request began and did not wait for, or what was held. */
export async function rest({ first, second }: HistoryWorld): Promise<void> {
  for (const { rotation, upkeep } of [first, second]) {
    await Promise.all([
      rotation.scheduler.idle(),
      rotation.rotator.idle(),
      upkeep.worker.idle(),
      upkeep.minter.idle(),
    ]);
  }
}

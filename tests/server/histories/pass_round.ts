/** One round of all histories of a run: their acts, what HighLevel sends, and what the processes do meanwhile. */
import type { HistoryWorld, Process } from "./history_world.ts";
import { lookForRotations, makeAllDue, rest } from "./live_through.ts";
import type { Looking, Round } from "./weather_plan.ts";

/** So often a rotation is taken over whose process has ended; the second one may be told of what the first one left. */
const TAKEOVERS = 2;
/** A second longer than a lease: in time for the window of a token that may be used up. */
const TAKEOVER_SECONDS = 11;

/** `act` is what all histories do in it. Nothing is under way afterwards. */
export async function passRound(
  world: HistoryWorld,
  round: Round,
  act: () => Promise<void>,
): Promise<void> {
  const { crashes } = world;
  if (round.restart) await world.restartSecond();
  if (round.due) await makeAllDue(world);
  crashes.order(round.crash);
  const late = round.slow ? await askEverything(world) : undefined;
  const held = round.held === null ? undefined : crashes.hold(round.held);
  // What it begins is held until the acts are over.
  if (held !== undefined) await world.first.rotation.scheduler.look();
  await inOrder(round.order, {
    act,
    async deliver() {
      if (round.pumps) await world.relatch.simulator.webhooks.pump({ atOnce: 4 });
    },
    async work() {
      const rotations = held === undefined ? processesOf(world, round.rotation) : [];
      const upkeep = processesOf(world, round.upkeep).filter((process) =>
        late === undefined || process === world.first
      );
      await Promise.all([...rotations.map(lookForRotations), ...upkeep.map(world.keepUp)]);
    },
  });
  held?.release();
  await late?.arrive();
  await rest(world);
  crashes.order(null);
  await takeOver(world);
}

async function inOrder(
  order: Round["order"],
  { act, deliver, work }: Readonly<Record<"act" | "deliver" | "work", () => Promise<void>>>,
): Promise<void> {
  switch (order) {
    case "acts_first":
      await act();
      await deliver();
      return await work();
    case "work_first":
      await work();
      await deliver();
      return await act();
    case "at_once":
      await Promise.all([act(), deliver(), work()]);
  }
}

/** The second process does what is due and lists every agency, and waits for HighLevel's answers. */
async function askEverything(world: HistoryWorld): Promise<{ arrive(): Promise<void> }> {
  const { database } = world.relatch;
  await database`UPDATE agencies SET listing_due_at = now() WHERE listing_due_at > now()`;
  const answers = world.crashes.holdAnswers();
  await world.second.upkeep.worker.look();
  return {
    async arrive() {
      answers.release();
      await world.keepUp(world.second);
    },
  };
}

/** As in life, where every process looks each second. */
async function takeOver(world: HistoryWorld): Promise<void> {
  const { database } = world.relatch;
  for (let tries = 0; tries < TAKEOVERS; tries++) {
    const left = await database`SELECT id FROM connections WHERE lease_id IS NOT NULL LIMIT 1`;
    if (left.length === 0) return;
    await world.passTime(TAKEOVER_SECONDS);
    await lookForRotations(world.second);
  }
}

function processesOf({ first, second }: HistoryWorld, looking: Looking): Process[] {
  switch (looking) {
    case "none":
      return [];
    case "first":
      return [first];
    case "second":
      return [second];
    case "both":
      return [first, second];
  }
}

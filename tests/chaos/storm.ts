/** The middle of a run: everything that goes wrong, all at once, until enough of it has happened. */
import { setTimeout as timer } from "node:timers/promises";
import * as v from "valibot";
import { ROTATION_STEPS } from "../../server/rotation/steps.ts";
import type { ChaosOptions } from "./chaos_options.ts";
import type { ChaosWorld } from "./chaos_world.ts";
import { FAULT_UNTIL_SECONDS } from "./danger.ts";
import type { LogRecord } from "./log_record.ts";
import type { SeededRandom } from "./seeded_random.ts";
import type { Tally } from "./tally.ts";

const Counts = v.object({ callCounts: v.record(v.string(), v.record(v.string(), v.number())) });

export interface Progress {
  rotations: number;
}

export interface StormOptions {
  readonly world: ChaosWorld;
  readonly options: ChaosOptions;
  readonly record: LogRecord;
  readonly progress: Progress;
  readonly random: SeededRandom;
  /** What else was done to the servers, by name. */
  readonly ordered: Tally;
  /** Aborted when somebody stops the run. */
  readonly stopped: AbortSignal;
  readonly print: (line: string) => void;
}

type Incident = "restart" | "outage" | "highlevel_refuses";

const PROGRESS_MILLISECONDS = 500;
const PRINT_MILLISECONDS = 15_000;
const CALLS_UNDER_WAY = 60;
/** So many refusals of connections to HighLevel for each restart of the database. */
const REFUSALS_PER_RESTART = 0.7;

/** False when the time ran out first. */
export async function storm(options: StormOptions): Promise<boolean> {
  const { world, random, ordered, progress, print } = options;
  const { rotations, kills, minutes } = options.options;
  const over = new AbortController();
  const ended = AbortSignal.any([over.signal, options.stopped]);
  const plan = planIncidents(options.options, random);
  const began = performance.now();
  let isInTime = true;
  let printedAt = 0;
  let calls = 0;

  async function watch(): Promise<void> {
    const { callCounts } = v.parse(Counts, await world.simulator.control("ledger/counts"));
    progress.rotations = callCounts.refresh_token?.rotated ?? 0;
    if (performance.now() - printedAt > PRINT_MILLISECONDS) {
      printedAt = performance.now();
      print(
        `  ${Math.round((printedAt - began) / 1000)} s: ${progress.rotations} rotations, ` +
          `${world.court.kills.total()} kills, ${options.record.takeovers()} takeovers, nobody killed at ` +
          (world.court.missingSteps().join(", ") || "no step"),
      );
    }
    isInTime = performance.now() - began < minutes * 60_000;
    const isEnough = progress.rotations >= rotations && world.court.kills.total() >= kills &&
      world.court.missingSteps().length === 0 && plan.length === 0;
    if (isEnough || !isInTime) over.abort();
  }

  async function killOne(): Promise<void> {
    const slot = random.pick(world.slots);
    if (!slot.isListening()) return;
    const unsecured = options.record.unsecured(slot.name);
    if (await world.court.mayKill({ kind: "outside", unsecured })) slot.kill();
  }

  async function stopOne(): Promise<void> {
    const slot = random.pick(world.slots);
    if (!slot.isListening() || world.outages.isLongNear() && options.record.unsecured(slot.name) > 0) return;
    ordered.add("orderly stop");
    await slot.stop();
  }

  /** What is left can only be reached while the database is away. */
  const isOutageMissing = (): boolean => {
    const steps: readonly string[] = ROTATION_STEPS;
    return world.court.missingSteps().some((step) => steps.includes(step));
  };

  async function nextIncident(): Promise<void> {
    const next = plan[0];
    if (next !== undefined && progress.rotations >= next.atRotations) {
      plan.shift();
      await happen(next.incident);
    } else if (progress.rotations >= rotations && isOutageMissing()) {
      await happen("restart");
    }
  }

  async function happen(incident: Incident): Promise<void> {
    switch (incident) {
      case "restart":
        return await world.outages.restart();
      case "outage":
        return await world.outages.outage();
      case "highlevel_refuses": {
        if (await world.danger.oldestSeconds() > FAULT_UNTIL_SECONDS) return;
        ordered.add("HighLevel refuses connections");
        world.door.refuse();
        await timer(random.between(200, 2500));
        world.door.resume();
      }
    }
  }

  async function call(): Promise<void> {
    if (calls >= CALLS_UNDER_WAY) return await Promise.resolve();
    calls += 1;
    void world.traffic.askForTokens().finally(() => calls -= 1);
  }

  const changes = options.options.agencies === 0 ? [] : [
    ...world.agencyLife.agencies.map((agency) =>
      again(() => world.agencyLife.act(agency, ended), () => random.between(200, 1200), ended)
    ),
    again(() => world.loneLocations.act(ended), () => random.between(500, 2500), ended),
    again(() => world.agencyLife.lookAround(), () => 1500, ended),
    again(() => world.weather.moveOn(), () => random.between(2000, 6000), ended),
  ];
  await world.weather.begin();
  world.court.open();
  await Promise.all([
    again(watch, () => PROGRESS_MILLISECONDS, ended),
    again(killOne, () => random.between(500, 2500), ended),
    again(stopOne, () => random.between(4000, 12_000), ended),
    again(nextIncident, () => 300, ended),
    again(() => world.faults.orderSome(), () => random.between(150, 500), ended),
    again(call, () => random.between(60, 200), ended),
    again(() => world.people.reauthorizeOne(world.stableIds), () => random.between(800, 3000), ended),
    again(() => world.traffic.checkTokens(), () => 3000, ended),
    ...changes,
  ].map((loop) =>
    loop.catch((error: unknown) => {
      over.abort();
      throw error;
    })
  ));
  return isInTime;
}

/** Spread over the run, in an order and at moments that follow from the seed. */
function planIncidents(
  { rotations, restarts, outages }: ChaosOptions,
  random: SeededRandom,
): { atRotations: number; incident: Incident }[] {
  const incidents: Incident[] = [
    ...Array.from({ length: restarts }, (): Incident => "restart"),
    ...Array.from({ length: outages }, (): Incident => "outage"),
    ...Array.from(
      { length: Math.ceil(restarts * REFUSALS_PER_RESTART) },
      (): Incident => "highlevel_refuses",
    ),
  ];
  return incidents
    .map((incident) => ({ incident, atRotations: Math.round(random.between(0.03, 0.95) * rotations) }))
    .sort((a, b) => a.atRotations - b.atRotations);
}

/** Acts and pauses in turn until `ended`; an act that is under way is waited for. */
async function again(act: () => Promise<void>, pause: () => number, ended: AbortSignal): Promise<void> {
  while (!ended.aborted) {
    await act();
    await timer(pause(), undefined, { signal: ended }).catch(() => {});
  }
}

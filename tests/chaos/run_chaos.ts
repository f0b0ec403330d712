/** One chaos run from its start to its verdict. Whatever it started is ended when it returns, throws or is stopped. */
import { calmDown, refreshAll, stopServers } from "./calm.ts";
import type { ChaosOptions } from "./chaos_options.ts";
import { type ChaosWorld, startChaosWorld } from "./chaos_world.ts";
import { connectionHistory } from "./connection_history.ts";
import { createLogRecord } from "./log_record.ts";
import { reportLines } from "./report.ts";
import { createSeededRandom } from "./seeded_random.ts";
import { type Progress, storm } from "./storm.ts";
import { createTally } from "./tally.ts";
import { reachVerdict, type Verdict } from "./verdict.ts";
import type { Violation } from "./violation.ts";

export interface ChaosOutcome {
  /** None, or the run has found something. */
  readonly violations: readonly Violation[];
  /** Of the last verdict; `undefined` when the run did not come so far. */
  readonly verdict: Verdict | undefined;
  readonly rotations: number;
  readonly kills: number;
  /** Steps at which no process was killed. */
  readonly missingSteps: readonly string[];
}

export interface RunChaosOptions {
  readonly options: ChaosOptions;
  readonly print: (line: string) => void;
  /** Aborted to stop early. */
  readonly stopped: AbortSignal;
  /** Takes every line of every server. */
  readonly writeLog: (line: string) => void;
}

const INSTALLS_AT_ONCE = 8;
/** Histories of more connections than these say the same again. */
const HISTORIES = 5;

export async function runChaos(
  { options, print, stopped, writeLog }: RunChaosOptions,
): Promise<ChaosOutcome> {
  const began = performance.now();
  const violations: Violation[] = [];
  const onViolation = (what: string, locationId: string | null = null): void => {
    violations.push({ what, locationId });
    print(`VIOLATION: ${what}`);
  };
  const record = createLogRecord(writeLog);
  const ordered = createTally();
  const progress: Progress = { rotations: 0 };
  const wantedKills = (): number =>
    Math.min(options.kills, 1 + Math.ceil(options.kills * progress.rotations / options.rotations));
  const attempt = async (what: string, act: () => Promise<void>): Promise<void> => {
    stopped.throwIfAborted();
    print(what);
    await act().catch((error: unknown) =>
      onViolation(error instanceof Error ? error.message : String(error))
    );
  };

  print(
    `Seed ${options.seed}: ${options.rotations} rotations, ${options.kills} kills, ${options.servers} servers, ` +
      `${options.connections} connections, ${options.agencies} agencies with ${options.agencyLocations} locations, ` +
      `access tokens of ${options.lifetimeSeconds} s`,
  );
  await using stack = new AsyncDisposableStack();
  const world = await startChaosWorld(stack, { options, record, wantedKills, onViolation });
  await installAll(world);
  print("Every location and agency is connected");
  const random = createSeededRandom(`${options.seed} storm`);
  const isDone = await storm({ world, options, record, progress, random, ordered, stopped, print });
  if (!isDone) onViolation(`The run was not done within ${options.minutes} minutes`);

  await attempt("Calming down", () => calmDown(world));
  await attempt("Stopping the servers", () => stopServers(world));
  stopped.throwIfAborted();
  const seconds = (): number => (performance.now() - began) / 1000;
  const first = await reachVerdict({ world, options, record, isListed: false, seconds: seconds() });
  await attempt("Refreshing every connection once more", () => refreshAll(world));
  // A draft of a killed process was promised to nobody; it goes when it is old.
  const journaled = (await world.journaled()).filter((path) => !path.endsWith(".draft"));
  for (const path of journaled) onViolation(`The recovery journal still has "${path}"`);
  await attempt("Stopping the servers for good", () => stopServers(world));
  const verdict = await reachVerdict({ world, options, record, isListed: true, seconds: seconds() });
  for (const { what, locationId } of [...first.violations, ...verdict.violations]) {
    onViolation(what, locationId);
  }
  if (record.leaks() > 0) onViolation(`${record.leaks()} lines of the log hold a token`);

  reportLines({ world, options, record, ordered, verdict, seconds: seconds() }).forEach(print);
  await printHistories();
  return {
    violations,
    verdict,
    rotations: progress.rotations,
    kills: world.court.kills.total(),
    missingSteps: world.court.missingSteps(),
  };

  async function printHistories(): Promise<void> {
    if (violations.length === 0) return;
    const locationIds = new Set(violations.map(({ locationId }) => locationId).filter((id) => id !== null));
    for (const locationId of [...locationIds].slice(0, HISTORIES)) {
      const { database } = world;
      print("");
      (await connectionHistory({ database, record, verdict, resourceId: locationId })).forEach(print);
    }
    record.strangeLines().forEach(print);
  }
}

/** In peace: what is lost later was there before. */
async function installAll({ slots, locationIds, people, agencyLife }: ChaosWorld): Promise<void> {
  await Promise.all(slots.map((slot) => slot.ready()));
  const waiting = locationIds.entries();
  const installNext = async (): Promise<void> => {
    for (const [index, locationId] of waiting) {
      const slot = slots[index % slots.length];
      const consent = {
        resourceId: locationId,
        locationIds: [locationId],
        installer: "location",
        isNew: true,
      } as const;
      if (slot === undefined || !await people.install(consent, slot)) {
        throw new Error(`Cannot install the app in "${locationId}"`);
      }
    }
  };
  await Promise.all(Array.from({ length: INSTALLS_AT_ONCE }, installNext));
  await agencyLife.installAll();
}

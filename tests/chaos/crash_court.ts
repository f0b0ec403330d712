/** Decides which server process may be killed at this moment, and keeps count. */
import type { CrashGoal } from "./crash_goals.ts";
import { type Danger, KILL_UNTIL_SECONDS } from "./danger.ts";
import type { Outages } from "./outages.ts";
import type { SeededRandom } from "./seeded_random.ts";
import { createTally, type Tally } from "./tally.ts";

export interface KillRequest {
  /** A step of a rotation or of the upkeep, or `outside`: a moment like any other. */
  readonly kind: string;
  /** Rotations of that process of which neither database nor disk know an outcome. */
  readonly unsecured: number;
}

export interface CrashCourt {
  /** True when the process is to be killed now, which counts as done. */
  mayKill(request: KillRequest): Promise<boolean>;
  /** By step and `outside`. */
  readonly kills: Tally;
  /** Names of the goals that no kill has reached so far. */
  missingSteps(): readonly string[];
  /** Before, and after it is closed, nobody is killed. */
  open(): void;
  close(): void;
}

export interface CrashCourtOptions {
  readonly random: SeededRandom;
  readonly danger: Danger;
  readonly outages: Outages;
  readonly goals: readonly CrashGoal[];
  /** How many kills there should be by now. */
  readonly wanted: () => number;
}

/** Between kills: the killed process is back by then, so that there is always somebody to take over. */
const PAUSE_MILLISECONDS = [400, 1000] as const;
/** After the last claims of a database that is gone were told of. */
const CLAIMS_TOLD_SECONDS = 1.5;

export function createCrashCourt({ random, danger, outages, goals, wanted }: CrashCourtOptions): CrashCourt {
  const kills = createTally();
  let nextAt = 0;
  let isOpen = false;
  let isBusy = false;

  const missing = (): readonly CrashGoal[] =>
    goals.filter(({ steps }) => steps.every((step) => kills.count(step) === 0));

  /** Whether the rotations that the process has under way can still be saved by others, or by its own next life. */
  async function isSurvivable({ kind, unsecured }: KillRequest): Promise<boolean> {
    const outage = outages.current();
    if (outage === undefined) {
      return !outages.isLongNear() && await danger.oldestSeconds() < KILL_UNTIL_SECONDS;
    }
    if (outage.kind === "short") return outage.oldestSeconds + outage.seconds() < KILL_UNTIL_SECONDS;
    return unsecured === 0 && kind !== "claimed" && outage.seconds() > CLAIMS_TOLD_SECONDS;
  }

  function isWanted({ kind }: KillRequest): boolean {
    if (performance.now() < nextAt) return false;
    return kills.total() < wanted() || missing().some(({ steps }) => steps.includes(kind));
  }

  return {
    kills,
    missingSteps: () => missing().map(({ name }) => name),
    async mayKill(request) {
      if (!isOpen || isBusy || !isWanted(request)) return false;
      isBusy = true;
      try {
        if (!await isSurvivable(request) || !isOpen) return false;
        nextAt = performance.now() + random.between(...PAUSE_MILLISECONDS);
        kills.add(request.kind);
        return true;
      } finally {
        isBusy = false;
      }
    },
    open() {
      isOpen = true;
    },
    close() {
      isOpen = false;
    },
  };
}

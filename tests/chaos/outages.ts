/** Takes the database away and brings it back. */
import { setTimeout as delay } from "node:timers/promises";
import type { ChaosDatabase } from "./chaos_database.ts";
import type { Danger } from "./danger.ts";
import type { SeededRandom } from "./seeded_random.ts";
import { createTally, type Tally } from "./tally.ts";

/** `long`: for longer than HighLevel's window is open. */
export interface Outage {
  readonly kind: "short" | "long";
  readonly seconds: () => number;
  /** Age of the oldest rotation under way when it began. */
  readonly oldestSeconds: number;
}

export interface Outages {
  /** The one that is going on. */
  current(): Outage | undefined;
  /** True while a long one is going on, or is waiting for its moment: no server may be killed that somebody waits for. */
  isLongNear(): boolean;
  /** Both resolve when the database is back. They wait for a good moment, and do nothing when none comes. */
  restart(): Promise<void>;
  outage(): Promise<void>;
  readonly done: Tally;
}

/** A restart may begin when the oldest rotation is younger: it is away for some seconds. */
const RESTART_UNTIL_SECONDS = 6;
/** Before a long outage every rotation has to have a living holder, who ends it in this time. */
const QUIET_SECONDS = 2.5;
const QUIET_DEADLINE_MILLISECONDS = 60_000;
const RESTART_DEADLINE_MILLISECONDS = 15_000;
const POLL_MILLISECONDS = 100;
const LONG_SECONDS = [20, 40] as const;

export function createOutages(
  { database, danger, random, beforeOutage }: {
    database: ChaosDatabase;
    danger: Danger;
    random: SeededRandom;
    /** Told shortly before the database goes: calls that are slow at this moment are answered without it. */
    beforeOutage: () => Promise<void>;
  },
): Outages {
  const done = createTally();
  let current: Outage | undefined;
  let isLongNear = false;

  async function away(kind: Outage["kind"], seconds: number, oldestSeconds: number): Promise<void> {
    const began = performance.now();
    current = { kind, oldestSeconds, seconds: () => (performance.now() - began) / 1000 };
    try {
      const end = random.pick(["immediate", "killed"] as const);
      await database.crash(end);
      done.add(`${kind} ${end}`);
      await delay(seconds * 1000);
      await database.start();
    } finally {
      current = undefined;
    }
  }

  /** False when a rotation under way is older for all of that time. */
  async function waitUntilYoung(seconds: number, milliseconds: number): Promise<boolean> {
    const deadline = performance.now() + milliseconds;
    while (await danger.oldestSeconds() > seconds) {
      if (performance.now() > deadline) return false;
      await delay(POLL_MILLISECONDS);
    }
    return true;
  }

  return {
    done,
    current: () => current,
    isLongNear: () => isLongNear,
    async restart() {
      const seconds = random.between(0.2, 2.5);
      if (!await waitUntilYoung(RESTART_UNTIL_SECONDS, RESTART_DEADLINE_MILLISECONDS)) return;
      await beforeOutage();
      await away("short", seconds, await danger.oldestSeconds());
    },
    async outage() {
      const seconds = random.between(...LONG_SECONDS);
      isLongNear = true;
      try {
        await delay(QUIET_SECONDS * 1000);
        if (!await waitUntilYoung(QUIET_SECONDS, QUIET_DEADLINE_MILLISECONDS)) return;
        await beforeOutage();
        await away("long", seconds, await danger.oldestSeconds());
      } finally {
        isLongNear = false;
      }
    },
  };
}

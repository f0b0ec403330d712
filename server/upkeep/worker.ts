/** Carries out work that lies in the database, some at a time: claimed by one process, and by another if that one dies. */
import { errorFields, type Logger } from "../log.ts";
import type { RotationClock } from "../rotation/rotation_clock.ts";

/** One kind of work. */
export interface WorkSource {
  readonly name: string;
  /** So many are under way in a process at a time. */
  readonly atOnce: number;
  /** Claims up to `limit`. What is claimed and does not come to an end is due again by itself, after a while. */
  readonly claim: (limit: number) => Promise<readonly (() => Promise<void>)[]>;
}

export interface Worker {
  /** Claims and starts what may start now. Resolves with the milliseconds until the next look, at most. */
  look(): Promise<number>;
  /** Looks again and again until the process stops. */
  run(): Promise<void>;
  /** Looks at once: there is something to do. */
  wake(): void;
  /** Has `work` waited for at the end of the process, like what was claimed. */
  track(name: string, work: () => Promise<void>): Promise<void>;
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
}

export interface WorkerOptions {
  readonly sources: readonly WorkSource[];
  readonly logger: Logger;
  readonly clock: RotationClock;
  /** Aborted when the process has to end: nothing more is claimed. */
  readonly stopping: AbortSignal;
}

const LOOK_MILLISECONDS = 1000;

export function createWorker({ sources, logger, clock, stopping }: WorkerOptions): Worker {
  const underWay = new Map<string, Set<Promise<void>>>();
  let wakeUp = (): void => {};
  let isWanted = false;

  function underWayOf(name: string): Set<Promise<void>> {
    const running = underWay.get(name) ?? new Set();
    underWay.set(name, running);
    return running;
  }

  async function look(): Promise<number> {
    isWanted = false;
    const found = await Promise.all(sources.map(lookFor));
    return isWanted || found.includes(true) ? 0 : LOOK_MILLISECONDS;
  }

  /** True when there may be more of it, and room for it. */
  async function lookFor({ name, atOnce, claim }: WorkSource): Promise<boolean> {
    const free = atOnce - underWayOf(name).size;
    if (free <= 0) return false;
    const claimed = await claim(free);
    for (const work of claimed) void track(name, work);
    return claimed.length > 0 && claimed.length < free;
  }

  function track(name: string, work: () => Promise<void>): Promise<void> {
    const running = underWayOf(name);
    const tracked = runOne(name, work).finally(() => {
      running.delete(tracked);
      wake();
    });
    running.add(tracked);
    return tracked;
  }

  async function runOne(name: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      // It is due again when its lease ends. What is cut off by the end of the process is no news.
      if (!stopping.aborted) logger.error("upkeep_failed", { work: name, ...errorFields(error) });
    }
  }

  async function lookOrFail(): Promise<number> {
    try {
      return await look();
    } catch (error) {
      if (!stopping.aborted) logger.warn("upkeep_not_possible", errorFields(error));
      return LOOK_MILLISECONDS;
    }
  }

  function wake(): void {
    isWanted = true;
    wakeUp();
  }

  return {
    look,
    async run() {
      stopping.addEventListener("abort", () => wakeUp());
      while (!stopping.aborted) {
        const pause = new AbortController();
        wakeUp = () => pause.abort();
        const milliseconds = await lookOrFail();
        if (!stopping.aborted && milliseconds > 0) await clock.delay(milliseconds, pause.signal);
      }
    },
    wake,
    track,
    async idle() {
      for (;;) {
        const running = [...underWay.values()].flatMap((works) => [...works]);
        if (running.length === 0) return;
        await Promise.allSettled(running);
      }
    },
  };
}

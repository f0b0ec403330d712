/**
 * Keeps every connection alive: a loop that claims what is due and rotates it, a bounded number at a time. Any number of
 * processes run it on one database; none is special.
 */
import { errorFields } from "../log.ts";
import { type Claim, claimCanary, claimDue, claimFailing } from "./claim.ts";
import { markOverdue } from "./mark_overdue.ts";
import { resumeRefused } from "./resume_refused.ts";
import { rotate, type RotationDependencies } from "./rotate.ts";

/** How many rotations a process has under way: what is due after a day off is worked through at this width. */
export const CONCURRENCY = 16;
/** Claims are taken in bunches, since each is a commit. */
const BUNCH = CONCURRENCY / 2;
/** Between looks for due rows. A lease that ends in between is taken over well within HighLevel's window. */
const LOOK_MILLISECONDS = 1000;
const MARK_MILLISECONDS = 60_000;

export interface Scheduler {
  /** Claims and starts what may start now. Resolves with the milliseconds until the next look, at most. */
  look(): Promise<number>;
  /** Looks again and again until the process stops. */
  run(): Promise<void>;
  /** Resolves when no rotation of this scheduler is under way. */
  idle(): Promise<void>;
}

export function createScheduler(deps: RotationDependencies): Scheduler {
  const { database, gate, logger, clock, stopping } = deps;
  const underWay = new Set<Promise<void>>();
  let markedAt = Number.NEGATIVE_INFINITY;
  let wasRefused = false;

  async function look(): Promise<number> {
    await resumeWhenAccepted();
    await markWhileShut();
    const allowance = gate.allowance();
    if (allowance.calls === "none") return Math.min(allowance.seconds * 1000, LOOK_MILLISECONDS);
    if (allowance.calls === "one") return await startProbe(allowance.canary);
    const free = CONCURRENCY - underWay.size;
    if (free < BUNCH) {
      await Promise.race(underWay);
      return 0;
    }
    await deps.reach("claiming", null);
    const claims = await claimDue(database, free);
    for (const claim of claims) start(claim, { isCanary: false });
    return claims.length < free ? LOOK_MILLISECONDS : 0;
  }

  /** One call, to find out whether what shut the gate has passed. */
  async function startProbe(canary: boolean): Promise<number> {
    const pass = gate.begin();
    let claim: Claim | undefined;
    try {
      await deps.reach("claiming", null);
      claim = canary ? await claimCanary(database) : await claimFailing(database);
      const isCanary = canary && claim !== undefined;
      claim ??= (await claimDue(database, 1))[0];
      if (claim !== undefined) track(rotate(deps, claim, { cause: "schedule", pass, isCanary }));
    } finally {
      if (claim === undefined) gate.settle(pass, { kind: "not_called" });
    }
    if (claim === undefined) gate.nothingToProbe();
    return LOOK_MILLISECONDS;
  }

  function start(claim: Claim, { isCanary }: { isCanary: boolean }): void {
    track(rotate(deps, claim, { cause: "schedule", pass: gate.begin(), isCanary }));
  }

  function track(rotation: Promise<void>): void {
    underWay.add(rotation);
    void rotation.finally(() => underWay.delete(rotation));
  }

  /** Whoever looks at a connection must see that its token has ended while nothing may be renewed. */
  async function markWhileShut(): Promise<void> {
    const code = gate.shutFor();
    if (code === null || clock.monotonic() - markedAt < MARK_MILLISECONDS) return;
    markedAt = clock.monotonic();
    await markOverdue(database, code);
  }

  async function resumeWhenAccepted(): Promise<void> {
    const isRefused = gate.shutFor() === "client_rejected";
    if (wasRefused && !isRefused) await resumeRefused(database);
    wasRefused = isRefused;
  }

  async function lookOrFail(): Promise<number> {
    try {
      return await look();
    } catch (error) {
      logger.warn("schedule_failed", errorFields(error));
      return LOOK_MILLISECONDS;
    }
  }

  return {
    look,
    async run() {
      while (!stopping.aborted) await clock.delay(await lookOrFail(), stopping);
    },
    async idle() {
      while (underWay.size > 0) await Promise.allSettled(underWay);
    },
  };
}

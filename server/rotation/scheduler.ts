/**
 * Keeps every connection alive: a loop that claims what is due and rotates it, a bounded number at a time. Any number of
 * processes run it on one database; none is special.
 */
import type { Database } from "../db/connect_database.ts";
import { askWithin } from "../db/database_unavailable.ts";
import { errorFields } from "../log.ts";
import type { GateTrouble, Pass } from "./call_gate.ts";
import { type Claim, claimCanary, claimDue, claimFailing, claimUnderWay, releaseClaim } from "./claim.ts";
import type { DatabaseSteadiness } from "./database_steadiness.ts";
import { markOverdue } from "./mark_overdue.ts";
import { resumeClientRejected, resumeTokenRejected } from "./resume_refused.ts";
import { rotate } from "./rotate.ts";
import type { RotationDependencies } from "./rotation_dependencies.ts";
import { QUERY_MILLISECONDS } from "./rotation_times.ts";

/** How many due rotations a process has under way: what is due after a day off is worked through at this width. */
export const CONCURRENCY = 16;
/** Rotations of processes that are gone do not wait for a place. */
const RESERVED = 4;
/** Claims are taken in bunches, since each is a commit. */
const BUNCH = CONCURRENCY / 4;
/** Between looks for due rows. A lease that ends in between is taken over well within HighLevel's window. */
const LOOK_MILLISECONDS = 1000;
const MARK_MILLISECONDS = 60_000;
/** What was refused shortly before a trouble became certain belongs to it. */
const BEFORE_CERTAIN_SECONDS = 300;

export interface Scheduler {
  /** Claims and starts what may start now. Resolves with the milliseconds until the next look, at most. */
  look(): Promise<number>;
  /** Looks again and again until the process stops. */
  run(): Promise<void>;
  /** Resolves when no rotation of this scheduler is under way. */
  idle(): Promise<void>;
}

export type SchedulerDependencies = RotationDependencies & { readonly steadiness: DatabaseSteadiness };

export function createScheduler(deps: SchedulerDependencies): Scheduler {
  const { database, gate, logger, clock, stopping, steadiness } = deps;
  const underWay = new Set<Promise<void>>();
  let trouble: { readonly name: GateTrouble; readonly since: number; markedAt: number } | undefined;
  let wakeUp = (): void => {};

  async function look(): Promise<number> {
    await startUnderWay();
    await followTrouble();
    const allowance = gate.allowance();
    if (allowance.calls === "none") return Math.min(allowance.seconds * 1000, LOOK_MILLISECONDS);
    if (allowance.calls === "one") return await startProbe(allowance.canary);
    const free = CONCURRENCY - underWay.size;
    if (free < BUNCH) return LOOK_MILLISECONDS;
    await deps.reach("claiming", null);
    const claims = await claimDue(deps, free);
    await Promise.all(claims.map(startOrRelease));
    return claims.length < free ? LOOK_MILLISECONDS : 0;
  }

  /** Whatever HighLevel says to others: their tokens were presented already, and their windows are closing. */
  async function startUnderWay(): Promise<void> {
    const free = CONCURRENCY + RESERVED - underWay.size;
    if (free <= 0) return;
    const claims = await claimUnderWay(deps, free);
    steadiness.answered();
    for (const claim of claims) start(claim, gate.begin());
  }

  /** What HighLevel said while this was being claimed may have shut the gate. */
  async function startOrRelease(claim: Claim): Promise<void> {
    if (gate.allowance().calls === "any") start(claim, gate.begin());
    else await releaseClaim(deps, claim);
  }

  /** One call, to find out whether what shut the gate has passed. */
  async function startProbe(canary: boolean): Promise<number> {
    const pass = gate.beginProbe();
    let claim: Claim | undefined;
    try {
      await deps.reach("claiming", null);
      claim = canary ? await claimCanary(deps) : await claimFailing(deps);
      const isCanary = canary && claim !== undefined;
      claim ??= (await claimDue(deps, 1))[0];
      if (claim !== undefined) start(claim, pass, isCanary);
    } finally {
      if (claim === undefined) gate.settle(pass, { kind: "not_called" });
    }
    if (claim !== undefined) return LOOK_MILLISECONDS;
    if (await askWithin(database, hasInstalls, QUERY_MILLISECONDS)) gate.nothingToProbe();
    else gate.nothingLeft();
    return LOOK_MILLISECONDS;
  }

  function start(claim: Claim, pass: Pass, isCanary = false): void {
    const rotation = rotate(deps, claim, { cause: "schedule", pass, isCanary }).finally(() => {
      underWay.delete(rotation);
      if (CONCURRENCY - underWay.size >= BUNCH) wakeUp();
    });
    underWay.add(rotation);
  }

  /** While nothing may be renewed, whoever looks at a connection must see that its token has ended; afterwards, it goes on. */
  async function followTrouble(): Promise<void> {
    const name = gate.shutFor();
    const now = clock.monotonic();
    if (trouble !== undefined && trouble.name !== name) await resumeAfter(trouble);
    if (name !== trouble?.name) {
      trouble = name === null ? undefined : { name, since: now, markedAt: Number.NEGATIVE_INFINITY };
    }
    if (trouble === undefined || now - trouble.markedAt < MARK_MILLISECONDS) return;
    trouble.markedAt = now;
    const code = trouble.name === "tokens_rejected" ? "highlevel_unavailable" : trouble.name;
    await askWithin(database, (db) => markOverdue(db, code), QUERY_MILLISECONDS);
  }

  async function resumeAfter({ name, since }: { name: GateTrouble; since: number }): Promise<void> {
    const seconds = (clock.monotonic() - since) / 1000 + BEFORE_CERTAIN_SECONDS;
    if (name === "client_rejected") await askWithin(database, resumeClientRejected, QUERY_MILLISECONDS);
    if (name !== "tokens_rejected") return;
    await askWithin(database, (db) => resumeTokenRejected(db, seconds), QUERY_MILLISECONDS);
  }

  async function lookOrFail(): Promise<number> {
    try {
      return await look();
    } catch (error) {
      steadiness.failed();
      // A look that is cut off by the end of the process is no news.
      if (!stopping.aborted) logger.warn("schedule_failed", errorFields(error));
      return LOOK_MILLISECONDS;
    }
  }

  return {
    look,
    async run() {
      stopping.addEventListener("abort", () => wakeUp());
      while (!stopping.aborted) {
        const pause = new AbortController();
        wakeUp = () => pause.abort();
        const milliseconds = await lookOrFail();
        if (!stopping.aborted) await clock.delay(milliseconds, pause.signal);
      }
    },
    async idle() {
      while (underWay.size > 0) await Promise.allSettled(underWay);
    },
  };
}

/** Whether anything is there to be renewed, now or ever. */
async function hasInstalls(db: Database): Promise<boolean> {
  const installs = await db`SELECT FROM connections WHERE refresh_token IS NOT NULL LIMIT 1`;
  return installs.length > 0;
}

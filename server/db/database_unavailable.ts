/** Tells a database that is away for the moment from one that refuses what was asked, and waits for it to come back. */

import { setTimeout as delay } from "node:timers/promises";
import { type Database, renewConnections } from "./connect_database.ts";

/** No answer within the time that a caller can wait. */
export class DatabaseTimeout extends Error {
  override readonly name = "DatabaseTimeout";
}

/** Codes of postgres.js, and of the system's network calls. */
const CONNECTION_CODES =
  /^(CONNECT_TIMEOUT|CONNECTION_\w+|ECONN\w+|EPIPE|ETIMEDOUT|ENOTFOUND|EHOSTUNREACH|ENETUNREACH|EAI_AGAIN|ENOENT)$/;
/**
 * PostgreSQL's: connection trouble (08), resources (53), operator's intervention (57, with the statement timeout of a
 * database that is stuck), read-only after a failover (25006), and a role that cannot log in at the moment (28). Of two
 * transactions that wait for each other, one is ended so that the other can go on (40001, 40P01).
 */
const POSTGRES_CODES = /^(08\w{3}|53\w{3}|57\w{3}|25006|28\w{3}|40001|40P01)$/;

/** True when asking again later may help. */
export function isDatabaseUnavailable(error: unknown): boolean {
  if (error instanceof DatabaseTimeout) return true;
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") return false;
  return CONNECTION_CODES.test(error.code) || POSTGRES_CODES.test(error.code);
}

/**
 * The outcome of `query`, or {@linkcode DatabaseTimeout} after `milliseconds`. The server's own statement timeout does
 * not help when the database is silent, since it is the database that keeps that time.
 */
export async function withinDeadline<T>(query: PromiseLike<T>, milliseconds: number): Promise<T> {
  const deadline = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => deadline.reject(new DatabaseTimeout(`The database did not answer within ${milliseconds} ms`)),
    milliseconds,
  );
  try {
    return await Promise.race([query, deadline.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** Of transactions that wait for each other, PostgreSQL ends one as a whole (40P01, 40001): it may begin again. */
const DEADLOCK_CODES: readonly unknown[] = ["40P01", "40001"];
const MOST_DEADLOCKS = 3;

async function askPastDeadlocks<T>(ask: () => PromiseLike<T>): Promise<T> {
  for (let deadlocks = 1;; deadlocks++) {
    try {
      return await ask();
    } catch (error) {
      const isDeadlock = error instanceof Error && "code" in error && DEADLOCK_CODES.includes(error.code);
      if (!isDeadlock || deadlocks > MOST_DEADLOCKS) throw error;
    }
  }
}

/**
 * The outcome of a question to `database`, one statement or one transaction, or {@linkcode DatabaseTimeout} after `milliseconds`, longer than it can take.
 * Then its connection is dead without a word, as after a failover: all of them are replaced. `ask` may run several times:
 * what a deadlock ended begins again.
 */
export async function askWithin<T>(
  database: Database,
  ask: (database: Database) => PromiseLike<T>,
  milliseconds: number,
): Promise<T> {
  try {
    return await withinDeadline(askPastDeadlocks(() => ask(database)), milliseconds);
  } catch (error) {
    if (error instanceof DatabaseTimeout) renewConnections(database);
    throw error;
  }
}

const FIRST_PAUSE_MILLISECONDS = 50;
const LONGEST_PAUSE_MILLISECONDS = 500;

/**
 * Runs `attempt` until it succeeds, as long as the database is away and `milliseconds` have not passed. Throws the last
 * error otherwise. `attempt` may run again after it was stored and only the answer was lost, so it has to allow that.
 */
export async function retryWhileUnavailable<T>(attempt: () => Promise<T>, milliseconds: number): Promise<T> {
  const deadline = performance.now() + milliseconds;
  for (let pause = FIRST_PAUSE_MILLISECONDS;; pause = Math.min(pause * 2, LONGEST_PAUSE_MILLISECONDS)) {
    try {
      return await attempt();
    } catch (error) {
      if (!isDatabaseUnavailable(error) || performance.now() + pause > deadline) throw error;
    }
    await delay(pause);
  }
}
